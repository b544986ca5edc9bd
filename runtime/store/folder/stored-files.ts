/** Files of a store and their sizes. */
import { readdirSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesOf, type StoredFile, type StoredObject } from '../inventory.ts'
import { problems } from '../problems.ts'
import type { Layout } from './layout.ts'
import { loggedRuns } from './run-log.ts'

export async function objectsIn(layout: Layout): Promise<StoredObject[]> {
  const found: StoredObject[] = []
  for (const folder of await namesIn(layout.objects)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    for (const name of await namesIn(join(layout.objects, folder))) {
      const digest = `sha256:${folder}${name}`
      const file = await fileAt(join(layout.objects, folder, name))
      if (/^[0-9a-f]{62}$/.test(name) && file !== undefined) found.push({ digest, ...file })
    }
  }
  return found
}

/** The path of something that an index should list: a shard of objects or the log of a run. Undefined when there is neither. */
export function whatIsThere(layout: Layout): string | undefined {
  const [run] = loggedRuns(layout)
  if (run !== undefined) return join(layout.runs, String(run))
  const shard = childrenOf(layout.objects).find((name) => /^[0-9a-f]{2}$/.test(name) && childrenOf(join(layout.objects, name)).length > 0)
  return shard && join(layout.objects, shard)
}

function childrenOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Files and folders directly in `folder`; empty when it does not exist. */
export async function filesIn(folder: string): Promise<StoredFile[]> {
  const found = await Promise.all((await namesIn(folder)).map((name) => fileAt(join(folder, name))))
  return found.filter((file) => file !== undefined)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw problems.io('list a folder', folder, cause)
  }
}

/** Undefined when it was removed meanwhile. Links are not followed: the store creates none. */
export async function fileAt(file: string): Promise<StoredFile | undefined> {
  const info = await lstat(file).catch(() => undefined)
  if (info === undefined) return undefined
  if (!info.isDirectory()) return { file, bytes: info.size, changed: info.mtimeMs }
  const inside = await filesIn(file)
  return { file, bytes: bytesOf(inside), changed: Math.max(info.mtimeMs, ...inside.map(({ changed }) => changed)) }
}
