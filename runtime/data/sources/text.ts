/** A text of the user's, read whole: it is a few times larger as numbers. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Dataset, splitNames } from '../../../stdlib/data/dataset.ts'
import { datasetOfTexts, type Sequences } from '../../../stdlib/data/text.ts'
import type { MakingSource } from '../dataset-cache.ts'
import { dataProblems, passedOver } from '../problems.ts'
import { fileAt, folderAt, isDocument, type Reading } from './folder.ts'

const get = 'Name a file, or a folder with train.txt.'
/** Bytes of all files: each token takes eight in the data set. */
const largest = 2 ** 27

export const textSource: MakingSource<Dataset> = {
  revision: 1,
  find: async ({ name: data, from }) => {
    const reading: Reading = { data, get }
    const root = resolve(from!) // text() asks for it
    const file = await fileAt(reading, root)
    if (file !== undefined) return { files: [{ ...file, name: 'train' }], notes: [] }
    const { files, folders } = await folderAt(reading, root)
    const found = splitNames.flatMap((part) => {
      const file = files.find(({ name }) => name === `${part}.txt`)
      return file === undefined ? [] : [{ ...file, name: part }]
    })
    if (found[0]?.name !== 'train') throw dataProblems.fileMissing(data, join(root, 'train.txt'), 'there is no such file', get)
    const others = files.filter(({ name, path }) => found.every((each) => each.path !== path) && !isDocument(name))
    const hint = `Of ${root}, train.txt is read, and validation.txt and test.txt.`
    const rest = [...others.map(({ name }) => name), ...folders]
    return { files: found, notes: passedOver(data, rest, 'file or folder is of no split', 'files and folders are of no split', hint) }
  },
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
    return datasetOfTexts({ train: train!, ...others }, options as unknown as Sequences) // what text() wrote; find() asks for training
  },
}
