/** Images in one folder per class. */
import { join, resolve } from 'node:path'
import { type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { normalizeIn } from '../../../stdlib/data/normalize.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { writeBytes } from '../byte-file.ts'
import type { WritingSource } from '../dataset-cache.ts'
import { dataProblems, passedOver } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { byCodeUnits, type Folder, folderAt, isDocument, type Reading } from './folder.ts'
import { refuseLookalikes } from './labels.ts'
import { partNamed } from './parts.ts'
import { decoded, inputOf, PictureReader, pictureForm } from './picture.ts'

const pictures = /\.(jpe?g|png|webp|tiff?|gif|avif)$/i
const get = 'Name a folder with a folder of pictures for each class.'

/** Files and folders that are ignored, by reason. */
interface Rest {
  /** In order: non-image files, subfolders of class folders, class folders without images, files outside of them, folders of no split. */
  readonly notPictures: string[]
  readonly deeper: string[]
  readonly empty: string[]
  readonly outside: string[]
  readonly noSplit: string[]
}

export const imageFolderSource: WritingSource = {
  revision: 2,
  find: async (spec) => {
    const reading: Reading = { data: spec.name, get }
    const rest: Rest = { notPictures: [], deeper: [], empty: [], outside: [], noSplit: [] }
    const root = await folderAt(reading, resolve(spec.from!)) // imageFolder() requires it
    const named = partsOf(reading, root)
    const split = named.some(([part]) => part === 'train')
    if (split) {
      rest.outside.push(...namesOf(root.files))
      rest.noSplit.push(...root.folders.filter((name) => partNamed(name) === undefined))
    }
    const found: SourceFile[] = []
    for (const [part, name] of split ? named : [['train', ''] as const]) {
      const folder = split ? await folderAt(reading, join(root.path, name), root.real) : root
      found.push(...(await filesOf(reading, part, folder, split ? `${name}/` : '', rest)))
    }
    const told = (names: readonly string[], one: string, many: string) =>
      passedOver(
        spec.name,
        names,
        one,
        many,
        `JPEG, PNG, WebP, TIFF, GIF and AVIF files are read, in folders of classes below ${root.path}.`,
      )
    const notes = [
      ...told(rest.notPictures, 'file is not a picture', 'files are not pictures'),
      ...told(rest.deeper, 'folder within the folder of a class is passed over', 'folders within folders of classes are passed over'),
      ...told(rest.empty, 'folder has no picture and is no class', 'folders have no picture and are no classes'),
      ...told(rest.outside, 'file lies in the folder of no class', 'files lie in the folder of no class'),
      ...told(rest.noSplit, 'folder beside train is no known split', 'folders beside train are no known splits'),
    ]
    return { files: found, notes }
  },
  write: async (spec, files, target, tmp) => {
    const form = pictureForm(spec.options)
    const { classes } = spec.options as { readonly classes: number } // what imageFolder() wrote
    const names = [...new Set(files.map(({ name }) => name.split('/')[1]!))].toSorted(byCodeUnits)
    if (names.length !== classes) throw dataProblems.classFolders(spec.name, resolve(spec.from!), names, classes)
    refuseLookalikes(spec.name, names)
    const trained = new Set(files.flatMap(({ name }) => (name.startsWith('train/') ? [name.split('/')[1]!] : [])))
    const unexpected = files.find(({ name }) => !trained.has(name.split('/')[1]!))
    if (unexpected !== undefined) throw dataProblems.notTrained(spec.name, unexpected.path, unexpected.name.split('/')[1]!)
    const labels = (part: SplitName) =>
      files.filter(({ name }) => name.startsWith(`${part}/`)).map(({ name }) => names.indexOf(name.split('/')[1]!))
    const [validation, test] = [labels('validation'), labels('test')]
    const given = { train: labels('train'), ...(validation.length > 0 ? { validation } : {}), ...(test.length > 0 ? { test } : {}) }
    const { used, splits } = parted(given, spec.options as unknown as SplitRule) // what splitRule() wrote
    const reader = new PictureReader(spec.name, form)
    const examples = decoded(
      Array.from(used, (row) => files[row]!),
      ({ path }) => reader.read(path, path),
    )
    const described = { input: inputOf(form), classes, splits, pool: used.length, normalisation: normalizeIn(spec.options) }
    const written = await writeBytes(target, tmp, described, examples)
    return { ...written, notes: reader.notes }
  },
}

/** Folders of splits, in order of the splits. @throws DataProblem when two are for the same split */
function partsOf({ data }: Reading, { path, folders }: Folder): readonly (readonly [SplitName, string])[] {
  return splitNames.flatMap((part) => {
    const names = folders.filter((name) => partNamed(name) === part)
    if (names.length > 1) throw dataProblems.twoForOneSplit(data, path, part, names)
    return names.map((name) => [part, name] as const)
  })
}

/** Files ordered by class, then by name. */
async function filesOf(reading: Reading, part: SplitName, folder: Folder, prefix: string, rest: Rest): Promise<SourceFile[]> {
  const found: SourceFile[] = []
  for (const name of folder.folders) {
    const { files, folders } = await folderAt(reading, join(folder.path, name), folder.real)
    const within = files.filter((file) => pictures.test(file.name))
    rest.notPictures.push(...files.filter((file) => !pictures.test(file.name)).map((file) => `${prefix}${name}/${file.name}`))
    rest.deeper.push(...folders.map((deeper) => `${prefix}${name}/${deeper}`))
    if (within.length === 0) rest.empty.push(`${prefix}${name}`)
    found.push(...within.map((file) => ({ ...file, name: `${part}/${name}/${file.name}` })))
  }
  rest.outside.push(...namesOf(folder.files).map((name) => `${prefix}${name}`))
  if (found.length === 0) throw dataProblems.fileMissing(reading.data, folder.path, 'no folder in it has a picture', reading.get)
  return found
}

const namesOf = (files: readonly SourceFile[]): readonly string[] => files.map(({ name }) => name).filter((name) => !isDocument(name))
