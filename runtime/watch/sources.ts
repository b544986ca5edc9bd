/**
 * Notices when files of a pipeline change, however an editor writes them: in place, through a temporary file and a rename, or by removing
 * and making a file again. Their folders are watched, since a watch on a file is lost with the file.
 */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/** Milliseconds of quiet after which a burst of changes is one. */
const quiet = 40
/** Milliseconds after which a folder is watched for certain. */
const settled = 1000

export interface Sources {
  /** From now on these, absolute or not. @param read Unix milliseconds: what was saved since then is a change too, though nobody watched */
  follow(files: readonly string[], read?: number): void
  close(): Promise<void>
}

/** @param onChange called once for a burst of changes */
export function watchSources(onChange: () => void): Sources {
  const files = new Set<string>()
  const folders = new Set<string>()
  /** Modification times of the changes that were reported: each is reported once, whatever the clock says. */
  const reported = new Map<string, number>()
  let [timer, later]: (NodeJS.Timeout | undefined)[] = []
  const changed = () => {
    clearTimeout(timer)
    timer = setTimeout(onChange, quiet)
  }
  const lookBack = (read: number) => {
    for (const file of files) {
      const saved = savedAt(file)
      if (saved <= read || reported.get(file) === saved) continue
      reported.set(file, saved)
      changed()
    }
  }
  const watcher: FSWatcher = watch([], { ignoreInitial: true, depth: 0, atomic: true })
  watcher.on('all', (event, path) => {
    // A new script may be the one that an import lacked.
    if (files.has(resolve(path))) reported.set(resolve(path), savedAt(path))
    else if (!(event === 'add' && /\.([cm]?[jt]s|json)$/.test(path))) return
    changed()
  })
  // A folder that cannot be watched leaves the others watched.
  watcher.on('error', () => {})
  return {
    follow(wanted, read) {
      files.clear()
      for (const file of wanted) files.add(resolve(file))
      const needed = new Set([...files].map((file) => dirname(file)))
      const [gone, fresh] = [[...folders].filter((folder) => !needed.has(folder)), [...needed].filter((folder) => !folders.has(folder))]
      if (gone.length > 0) watcher.unwatch(gone)
      if (fresh.length > 0) watcher.add(fresh)
      for (const folder of gone) folders.delete(folder)
      for (const folder of fresh) folders.add(folder)
      clearTimeout(later)
      if (read === undefined || fresh.length === 0) return
      lookBack(read)
      later = setTimeout(() => lookBack(read), settled)
    },
    async close() {
      clearTimeout(timer)
      clearTimeout(later)
      await watcher.close()
    },
  }
}

/** Unix milliseconds; 0 for a file that is not there. */
const savedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
