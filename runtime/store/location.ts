import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** Where the nearest package.json at or above the pipeline file lies; the file's own folder when there is none. */
export function projectFolder(pipelineFile: string): string {
  const start = dirname(resolve(pipelineFile))
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return start
  }
}

/** `.espalier` in the project's folder. */
export function defaultStoreDirectory(pipelineFile: string): string {
  return join(projectFolder(pipelineFile), '.espalier')
}
