/** MNIST (LeCun et al., 1998), similar data sets, and any data in four such IDX files. */
import type { Json } from '../../dsl/check/canonical.ts'
import { inRange, ranges } from '../../dsl/check/checks.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import type { ByteDataset } from './bytes.ts'
import { type LabelledImages, labelledImages } from './idx.ts'
import { pooled } from './pool.ts'
import { type DataSource, dataSet, type Place } from './source.ts'
import { type SplitOptions, type SplitRule, splitRule, withSplits } from './splits.ts'

export interface MnistOptions extends SplitOptions {
  /** The folder of the four IDX files, gzipped or not. Default: where `espalier data` looks for it. */
  readonly from?: string
}

/**
 * 70,000 handwritten digits, 28 × 28. The test file is the test split; by default the last 5,000 of the training file are the validation
 * split. Pixels are normalised by mean and standard deviation of the training examples used.
 */
export const mnist = (options?: MnistOptions): Data<10> => relative('mnist', options)

/** Kuzushiji-MNIST (Clanuwat et al., 2018): 70,000 cursive Japanese characters in ten classes, in MNIST's format. */
export const kmnist = (options?: MnistOptions): Data<10> => relative('kmnist', options)

const relative = (name: 'mnist' | 'kmnist', options: MnistOptions | undefined): Data<10> => {
  const verb = `${name}()`
  const { from, ...given } = withSplits(verb, options, ['from'])
  return dataSet({ name, options: splitRule(verb, given, { validation: 5_000, by: 'file' }), ...placed(verb, from) }, 10, [28, 28, 1])
}

export interface IdxOptions<C extends number> extends SplitOptions {
  /** The folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`. */
  readonly from: string
  /** Labels are 0 up to `classes` − 1. */
  readonly classes: C
}

/**
 * Grey images of any size in four IDX files with the names of MNIST's files. By default the last tenth of the training file is the
 * validation split.
 */
export const idx = <const C extends number>(options: IdxOptions<C>): Data<C> => {
  const verb = 'idx()'
  const { from = '', classes, ...given } = withSplits(verb, options, ['from', 'classes'])
  const count = inRange(verb, 'classes', classes, ranges.count) as C // its own value
  const rule = splitRule(verb, given, { validation: 0.1, by: 'file' })
  return dataSet({ name: 'idx', options: { classes: count, ...rule }, ...placed(verb, from) }, count)
}

export interface IdxForm {
  /** The four files: images and labels for training, then for test. */
  readonly names: readonly [string, string, string, string]
  readonly classes: number
  /** Label of the first class in the files. Default 0. */
  readonly first?: number
  /** Whether images are transposed (column-major). Default false. */
  readonly transposed?: boolean
}

/** Names of the four files. */
export const idxNames = (prefix = '', test = 't10k'): IdxForm['names'] => {
  const [one, other] = [`${prefix}train`, `${prefix}${test}`]
  return [`${one}-images-idx3-ubyte`, `${one}-labels-idx1-ubyte`, `${other}-images-idx3-ubyte`, `${other}-labels-idx1-ubyte`]
}

/** A source of IDX files: training and validation from the first pair, test from the second. */
export const idxSource = (place: Place, form: (options: { readonly [name: string]: Json }) => IdxForm): DataSource => ({
  revision: 1,
  place,
  files: (options) => form(options).names,
  decode: (files, options) => decoded(files, form(options), options as unknown as SplitRule), // what splitRule() wrote
})

function decoded(files: ReadonlyMap<string, Uint8Array>, form: IdxForm, rule: SplitRule): ByteDataset {
  const { names, classes, first, transposed = false } = form
  const read = (images: string, labels: string): LabelledImages => {
    const found = labelledImages([images, files.get(images)!], [labels, files.get(labels)!], classes, first)
    return transposed ? upright(found) : found
  }
  const [training, testing] = [read(names[0], names[1]), read(names[2], names[3])]
  const { height, width } = training
  if (testing.height !== height || testing.width !== width) {
    throw new PipelineProblem({
      title: `${names[2]} has images of ${testing.height} × ${testing.width}, and ${names[0]} of ${height} × ${width}.`,
      facts: {},
      hint: 'Take both files from the same data set.',
    })
  }
  return pooled(training, testing, { input: [height, width, 1], classes, rule })
}

function upright({ height, width, pixels, labels }: LabelledImages): LabelledImages {
  const turned = new Uint8Array(pixels.length)
  for (let at = 0; at < pixels.length; at += height * width)
    for (let y = 0; y < width; y++) for (let x = 0; x < height; x++) turned[at + y * height + x] = pixels[at + x * width + y]!
  return { height: width, width: height, pixels: turned, labels }
}

const place = (folder: string, system: readonly string[], get: string): Place => ({ folder, system, get })

export const mnistSource = idxSource(
  place('mnist', ['/usr/share/datasets/mnist'], 'Put its four IDX files into one of these folders, or name theirs: mnist({ from }).'),
  () => ({ names: idxNames(), classes: 10 }),
)
export const kmnistSource = idxSource(
  place('kmnist', ['/usr/share/datasets/kmnist'], 'Put its four IDX files into one of these folders, or name theirs: kmnist({ from }).'),
  () => ({ names: idxNames(), classes: 10 }),
)
export const plainIdxSource = idxSource(place('idx', [], 'Put the four IDX files into this folder.'), ({ classes }) => ({
  names: idxNames(),
  classes: classes as number, // what idx() wrote
}))
