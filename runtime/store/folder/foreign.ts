/**
 * What stands where a store has its folders and its index, looked at before anything is read, written or removed there. A store may come with
 * a cloned repository: a link in it would redirect all that to the user's own files.
 */
import { type Dirent, readdirSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { problems } from '../problems.ts'
import { type Layout, layoutOf } from './layout.ts'

/** Folders that have folders of their own, by the form of their names. */
const inner = { objects: /^[0-9a-f]{2}$/, checkpoints: /^[0-9a-f]{64}$/, runs: /^\d+$/ } as const
const beside = ['', '-wal', '-shm', '-journal']

/** The store's own folder may be a link: the user of the project made it. @throws StoreProblem of kind `foreign` */
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

/** None where there is no folder. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
