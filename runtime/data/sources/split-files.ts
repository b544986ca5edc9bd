/** Sources with one file per split: a single file, or a folder with `train.csv` etc. */
import { join, resolve } from 'node:path'
import { splitNames } from '../../../stdlib/data/dataset.ts'
import { dataProblems, passedOver } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { type Found, fileAt, folderAt, isDocument, isReadme, type Reading } from './folder.ts'
import { partNamed } from './parts.ts'

/**
 * In a folder, the files named after a split, renamed to it, training first. A single file is for training.
 * @param extension without a dot: `csv` @throws DataProblem for a folder without a training file, or with two files for one split
 */
export async function filesOfSplits(reading: Reading, from: string, extension: string): Promise<Found> {
  const { data, get } = reading
  const root = resolve(from)
  const file = await fileAt(reading, root)
  if (file !== undefined) return { files: [{ ...file, name: 'train' }], notes: [] }
  const { files, folders } = await folderAt(reading, root)
  const ends = ({ name }: SourceFile) => name.toLowerCase().endsWith(`.${extension}`)
  const partOf = (file: SourceFile) => (ends(file) ? partNamed(file.name.slice(0, -1 - extension.length)) : undefined)
  const found = splitNames.flatMap((part) => {
    const those = files.filter((file) => partOf(file) === part)
    if (those.length > 1) {
      throw dataProblems.twoForOneSplit(
        data,
        root,
        part,
        those.map(({ name }) => name),
      )
    }
    return those.map((file) => ({ ...file, name: part }))
  })
  if (found[0]?.name !== 'train') throw dataProblems.fileMissing(data, join(root, `train.${extension}`), 'there is no such file', get)
  // A file with the right extension and an unknown name is reported, even if it would otherwise count as documentation.
  const others = files.filter((file) => partOf(file) === undefined && !(ends(file) ? isReadme : isDocument)(file.name))
  const rest = [...others.map(({ name }) => name), ...folders]
  const hint = `Of ${root}, train.${extension} is read, and validation.${extension} and test.${extension}.`
  return { files: found, notes: passedOver(data, rest, 'file or folder is of no split', 'files and folders are of no split', hint) }
}
