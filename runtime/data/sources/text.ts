/** The user's text files, read into memory as a whole. */
import { readFile } from 'node:fs/promises'
import type { Dataset } from '../../../stdlib/data/dataset.ts'
import { datasetOfTexts, type Sequences } from '../../../stdlib/data/text.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems } from '../problems.ts'
import { filesOfSplits } from './split-files.ts'

const get = 'Name a file, or a folder with train.txt.'
/** Maximum size of all files in bytes: each token takes eight bytes in the data set. */
const largest = 2 ** 27

export const textSource: MakingSource<Dataset> = {
  revision: 1,
  find: ({ name: data, from }) => filesOfSplits({ data, get }, from!, 'txt'), // text() requires it
  make: async ({ name: data, options }, files) => {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes > largest) throw dataProblems.textTooLarge(data, files[0]!.path, bytes, largest)
    const contents = await Promise.all(
      files.map(async ({ name, path }) => {
        const content = await readFile(path).catch((cause: Error) => {
          throw dataProblems.fileMissing(data, path, cause.message, get)
        })
        return [name, new Uint8Array(content)] as const
      }),
    )
    const { train, ...others } = Object.fromEntries(contents)
    return datasetOfTexts({ train: train!, ...others }, options as unknown as Sequences) // text() wrote these; find() requires train
  },
}
