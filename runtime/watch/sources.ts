/**
 * Watches the files of a pipeline, however an editor writes them: in place, through a temporary file and a rename, or by deleting
 * and creating a file. Watches their folders, since a watch on a file ends when the file is deleted.
 */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/** Debounce interval in milliseconds. */
const quiet = 40
/** Milliseconds after which the watch on a new folder is certainly active. */
const settled = 1000

export interface Sources {
  /** Replaces the watched files. @param read Unix milliseconds: changes since then are reported too */
  follow(files: readonly string[], read?: number): void
  close(): Promise<void>
}

/** @param onChange called once per burst of changes */
export function watchSources(onChange: () => void): Sources {
  const files = new Set<string>()
  const folders = new Set<string>()
  /** Modification times of reported changes, so that each is reported once even if the clock is changed. */
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
    // A new script may resolve a missing import.
    if (files.has(resolve(path))) reported.set(resolve(path), savedAt(path))
    else if (!(event === 'add' && /\.([cm]?[jt]s|json)$/.test(path))) return
    changed()
  })
  // Ignored, so that the other folders remain watched.
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

/** Modification time in Unix milliseconds; 0 if the file does not exist. */
const savedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
