/** `espalier data fetch`: a data set of the hub, into the data folder. */
import { fetchFromHub } from '../data/fetch.ts'
import { standardError } from '../format/output.ts'
import { bytes, counted } from '../format/words.ts'
import { interruptible } from './signals.ts'

interface FetchOptions {
  readonly repository: string
  readonly revision: string | undefined
}

export async function fetch({ repository, revision }: FetchOptions): Promise<void> {
  let last = ''
  const fetched = await interruptible((signal) =>
    fetchFromHub(repository, { revision, signal }, ({ file, bytes: done, total }) => {
      if (standardError.isTerminal) standardError.overwrite(`${file}  ${bytes(done)} of ${bytes(total)}`, { kept: done === total })
      else if (file !== last) standardError.print([`${file} (${bytes(total)}) …`])
      last = file
    }),
  )
  const { folder, files, already } = fetched
  standardError.print([
    `${repository}: ${counted(files, 'file')}, ${bytes(fetched.bytes)}, ${already} of them already there, in ${folder}.`,
  ])
}
