/**
 * Checks the folders and index files at a store's location before anything is read, written or removed there. A store may come with a
 * cloned repository, and a symbolic link in it would redirect these operations to the user's own files.
 */
import { type Dirent, readdirSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { problems } from '../problems.ts'
import { type Layout, layoutOf } from './layout.ts'

/** Folders with subfolders, and the form of the subfolders' names. */
const inner = { objects: /^[0-9a-f]{2}$/, checkpoints: /^[0-9a-f]{64}$/, runs: /^\d+$/ } as const
const beside = ['', '-wal', '-shm', '-journal']

/** The store's root folder itself may be a link, since the user created it. @throws StoreProblem of kind `foreign` */
export function refuseForeign(location: string): void {
  const { root, index, ...folders } = layoutOf(location)
  const there = new Map(entriesOf(root).map((entry) => [entry.name, entry]))
  for (const suffix of beside) {
    const entry = there.get(`${basename(index)}${suffix}`)
    if (entry?.isFile() === false) throw foreign(root, entry, 'file')
  }
  for (const [part, folder] of Object.entries(folders) as [keyof Omit<Layout, 'root' | 'index'>, string][]) {
    const entry = there.get(basename(folder))
    if (entry === undefined) continue
    if (!entry.isDirectory()) throw foreign(root, entry, 'folder')
    const form = part in inner ? inner[part as keyof typeof inner] : undefined
    const wrong = form && entriesOf(folder).find((each) => form.test(each.name) && !each.isDirectory())
    if (wrong !== undefined) throw foreign(folder, wrong, 'folder')
  }
}

function foreign(folder: string, entry: Dirent, expected: 'file' | 'folder') {
  const path = join(folder, entry.name)
  if (entry.isSymbolicLink()) return problems.foreign(path, `a link to ${readlinkSync(path)}`, expected)
  const what = entry.isDirectory() ? 'a folder' : entry.isFile() ? 'a file' : entry.isFIFO() ? 'a FIFO' : 'a socket or a device'
  return problems.foreign(path, what, expected)
}

/** Empty when the folder does not exist. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
