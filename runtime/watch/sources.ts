/**
 * Notices when files of a pipeline change, however an editor writes them: in place, through a temporary file and a rename, or by removing
 * and making anew. Their folders are watched, since a watch on a file is lost with the file.
 */
import { dirname, resolve } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'

/** Milliseconds of quiet after which a burst of changes is one. */
const quiet = 40

export interface Sources {
  /** From now on these, absolute or not. */
  follow(files: readonly string[]): void
  close(): Promise<void>
}

/** @param onChange called once for a burst of changes */
export function watchSources(onChange: () => void): Sources {
  const files = new Set<string>()
  const folders = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const watcher: FSWatcher = watch([], { ignoreInitial: true, depth: 0, atomic: true })
  watcher.on('all', (event, path) => {
    // A new script may be the one that an import lacked.
    if (!files.has(resolve(path)) && !(event === 'add' && /\.([cm]?[jt]s|json)$/.test(path))) return
    clearTimeout(timer)
    timer = setTimeout(onChange, quiet)
  })
  // A folder that cannot be watched leaves the others watched.
  watcher.on('error', () => {})
  return {
    follow(wanted) {
      files.clear()
      for (const file of wanted) files.add(resolve(file))
      const needed = new Set([...files].map((file) => dirname(file)))
      const [gone, fresh] = [[...folders].filter((folder) => !needed.has(folder)), [...needed].filter((folder) => !folders.has(folder))]
      if (gone.length > 0) watcher.unwatch(gone)
      if (fresh.length > 0) watcher.add(fresh)
      for (const folder of gone) folders.delete(folder)
      for (const folder of fresh) folders.add(folder)
    },
    async close() {
      clearTimeout(timer)
      await watcher.close()
    },
  }
}
