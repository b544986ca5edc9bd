/** A folder of pictures for each class. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { DataSpec } from '../../../dsl/graph/stage-options.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { writeBytes } from '../byte-file.ts'
import type { WritingSource } from '../dataset-cache.ts'
import { dataProblems } from '../problems.ts'
import type { SourceFile } from '../source-files.ts'
import { decoded, decodePicture, inputOf, pictureForm } from './picture.ts'

const pictures = /\.(jpe?g|png|webp|tiff?|gif|avif)$/i
const get = 'Name a folder with a folder of pictures for each class.'

/** Names are `train/<class>/<file>`; the parts without a folder of their own are not there. */
const parts = { train: ['train'], validation: ['validation', 'valid', 'val'], test: ['test'] } as const
type Part = keyof typeof parts

export const imageFolderSource: WritingSource = {
  revision: 1,
  find: async (spec) => {
    const root = resolve(spec.from!) // imageFolder() asks for it
    const folders = await foldersIn(spec, root)
    const named = (Object.keys(parts) as Part[]).flatMap((part) => {
      const folder = parts[part].find((name) => folders.includes(name))
      return folder === undefined ? [] : [[part, join(root, folder)] as const]
    })
    const split = named.some(([part]) => part === 'train')
    const found = await Promise.all((split ? named : [['train', root] as const]).map(([part, folder]) => filesOf(spec, part, folder)))
    return found.flat()
  },
  write: async (spec, files, target, tmp) => {
    const form = pictureForm(spec.options)
    const { classes } = spec.options as { readonly classes: number } // what imageFolder() wrote
    const names = [...new Set(files.map(({ name }) => name.split('/')[1]!))].toSorted(byCodeUnits)
    if (names.length !== classes) throw dataProblems.classFolders(spec.name, resolve(spec.from!), names, classes)
    const labels = (part: Part) =>
      files.filter(({ name }) => name.startsWith(`${part}/`)).map(({ name }) => names.indexOf(name.split('/')[1]!))
    const [validation, test] = [labels('validation'), labels('test')]
    const given = { train: labels('train'), ...(validation.length > 0 ? { validation } : {}), ...(test.length > 0 ? { test } : {}) }
    const { used, splits } = parted(given, spec.options as unknown as SplitRule) // what splitRule() wrote
    const examples = decoded(
      Array.from(used, (row) => files[row]!),
      ({ path }) =>
        decodePicture(path, form).catch((cause: Error) => {
          throw dataProblems.notAPicture(spec.name, path, cause.message)
        }),
    )
    return writeBytes(target, tmp, { input: inputOf(form), classes, splits, pool: used.length }, examples)
  },
}

async function foldersIn(spec: DataSpec, root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((cause: Error) => {
    throw dataProblems.fileMissing(spec.name, root, cause.message, get)
  })
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
}

/** Classes in order, and in each class its files in order. */
async function filesOf(spec: DataSpec, part: Part, folder: string): Promise<SourceFile[]> {
  const classes = (await foldersIn(spec, folder)).toSorted(byCodeUnits)
  const files: SourceFile[] = []
  for (const name of classes) {
    const within = (await readdir(join(folder, name))).filter((file) => pictures.test(file)).toSorted(byCodeUnits)
    const known = within.map(async (file): Promise<SourceFile> => {
      const path = join(folder, name, file)
      const { size, mtimeMs } = await stat(path)
      return { name: `${part}/${name}/${file}`, path, bytes: size, mtimeMs }
    })
    files.push(...(await Promise.all(known)))
  }
  if (files.length === 0) throw dataProblems.fileMissing(spec.name, folder, 'no folder in it has a picture', get)
  return files
}

/** The same order in every language and country. */
const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
