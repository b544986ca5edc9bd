/** Tables of numbers as a data set: split, scaled, and normalised per channel. */
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { type Dataset, momentsOf, type Split, type SplitName, splitNames } from '../../../stdlib/data/dataset.ts'
import { parted, type SplitRule } from '../../../stdlib/data/splits.ts'
import { sizeOf } from '../../../stdlib/network.ts'
import { dataProblems } from '../problems.ts'
import { classesOf, type Labels, type OfSplits } from './labels.ts'

/** Examples of a file or a split. For regression, labels are lists of numbers. */
export interface Examples extends Labels {
  readonly rows: readonly Float32Array[]
}

/** As written by numbersForm(). */
interface Options {
  readonly classes?: number
  readonly input: readonly number[]
  readonly scale: number
  /** Target columns, or the number of targets. */
  readonly targets?: readonly string[] | number
}

/** @throws DataProblem for a row of the wrong size, or values too large for float32 */
export function datasetOf(spec: DataSpec, parts: OfSplits<Examples>): Dataset {
  const { classes, input, scale, targets } = spec.options as unknown as Options
  const size = sizeOf(input)
  const given = splitNames.flatMap((part) => parts[part] ?? [])
  for (const { rows, where } of given) {
    const other = rows.findIndex((row) => row.length !== size)
    if (other !== -1) throw dataProblems.exampleSize(spec.name, where(other), rows[other]!.length, input)
  }
  // For regression, examples are split as if all belonged to one class.
  const labels = targets === undefined ? classesOf(spec.name, parts, classes!) : alike(parts)
  const { used, splits } = parted(labels, spec.options as unknown as SplitRule) // what splitRule() wrote
  const rows = given.flatMap((part) => part.rows)
  const split = (name: SplitName): Split => {
    const images = new Float32Array(splits[name].rows.length * size)
    splits[name].rows.forEach((row, i) => {
      images.set(rows[used[row]!]!, i * size)
    })
    return { images, labels: splits[name].labels }
  }
  const all = { train: split('train'), validation: split('validation'), test: split('test') }
  const channels = input.at(-1)!
  const normalisation = momentsOf(all.train.images, channels, scale)
  for (const name of splitNames) {
    const { images } = all[name]
    for (const [i, value] of images.entries()) {
      images[i] = (value / scale - normalisation.mean[i % channels]!) / normalisation.std[i % channels]!
      if (!Number.isFinite(images[i]))
        throw dataProblems.tooLarge(spec.name, placeOf(given, used[splits[name].rows[Math.floor(i / size)]!]!), value)
    }
  }
  if (targets === undefined) return { input, classes: classes!, normalisation, splits: all }
  const values = given.flatMap((part) => part.values as readonly (readonly number[])[])
  const valuesOf = (name: SplitName) => Float32Array.from([...splits[name].rows].flatMap((row) => values[used[row]!]!))
  const count = typeof targets === 'number' ? targets : targets.length
  const target = { kind: 'numbers' as const, ...momentsOf(valuesOf('train'), count) }
  const predicted = (name: SplitName): Split => ({
    images: all[name].images,
    labels: valuesOf(name).map((value, i) => (value - target.mean[i % count]!) / target.std[i % count]!),
  })
  const both = { train: predicted('train'), validation: predicted('validation'), test: predicted('test') }
  return { input, classes: count, normalisation, target, splits: both }
}

const alike = ({ train, ...others }: OfSplits<Examples>): OfSplits<Int32Array> & { readonly train: Int32Array } => ({
  train: new Int32Array(train?.rows.length ?? 0),
  ...Object.fromEntries(Object.entries(others).map(([part, { rows }]) => [part, new Int32Array(rows.length)])),
})

/** The location of a row, numbered over all tables. */
function placeOf([first, ...others]: readonly Examples[], row: number): string {
  const { rows, where } = first!
  return row < rows.length ? where(row) : placeOf(others, row - rows.length)
}
