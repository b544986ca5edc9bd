/** Where the store of a pipeline file is, and the folders in it that other modules read and write directly. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refuseForeign } from './folder/foreign.ts'
import { layoutOf } from './folder/layout.ts'
import { refuseUnwritable } from './folder/writable.ts'

/** The folder of the nearest package.json at or above the pipeline file; the file's own folder when there is none. */
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

/**
 * The folder of converted data sets. They are files, not objects: training reads rows by position, from threads and native code, and a
 * data set may be larger than memory. Written under a temporary name first.
 */
export interface DataFolder {
  readonly data: string
  /** For temporary files, on the same file system. */
  readonly tmp: string
}

export const dataFolder = (location: string): DataFolder => layoutOf(location)

/** Checks to make before writing into a store that is not open yet. */
export { refuseForeign, refuseUnwritable }

/** Where code from other machines is unpacked, by content address: written once, never changed. @param location of a store */
export const bundleFolder = (location: string): string => layoutOf(location).bundles

/** Cached analyses of the user's code, by content of its files: only saves time. @param location of a store */
export const codeFolder = (location: string): string => layoutOf(location).functions

/** For executors that run stages outside this machine's processes; they write there directly. @param location of a store */
export const jobsFolder = (location: string): string => layoutOf(location).jobs
