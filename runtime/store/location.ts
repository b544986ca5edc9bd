/** Where the store of a pipeline file is, and the folders in it that others read and write themselves. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { refuseForeign } from './folder/foreign.ts'
import { layoutOf } from './folder/layout.ts'
import { refuseUnwritable } from './folder/writable.ts'

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

/**
 * Where converted data sets lie. They are files, not objects: a training reads rows of them by position, threads and native code do,
 * and one may be larger than memory. It is written under a temporary name first.
 */
export interface DataFolder {
  readonly data: string
  /** For files being written, on the same file system. */
  readonly tmp: string
}

export const dataFolder = (location: string): DataFolder => layoutOf(location)

/** Before anything is written into a store that is not open yet. */
export { refuseForeign, refuseUnwritable }

/** Where code that came from other machines is unpacked, by its address: written once, never changed. @param location of a store */
export const bundleFolder = (location: string): string => layoutOf(location).bundles

/** For what is known of the user's code, by the content of its files: it only saves time. @param location of a store */
export const codeFolder = (location: string): string => layoutOf(location).functions

/** For what computes stages outside the processes of this machine; it writes there itself. @param location of a store */
export const jobsFolder = (location: string): string => layoutOf(location).jobs
