/** Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017): 70,000 pieces of clothing, 28 × 28, ten classes. */
import { inRange, optionsOf, whole } from '../../dsl/check/checks.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { type LabelledImages, labelledImages } from './idx.ts'
import { pooled } from './pool.ts'
import { type DataSource, dataSet } from './source.ts'

const classes = 10
/** Of the 60,000 rows of the training file, those before this index are for training and the others for validation. */
const trainRows = 55_000

export interface FashionOptions {
  /** How many of the 55,000 training examples are used, from the first on: 1 to 55,000, the default. Validation and test stay. */
  readonly train?: number
  /** The folder of the four IDX files, gzipped or not. Default: where `espalier data` looks for it. */
  readonly from?: string
}

/**
 * In file order: the first 55,000 of the training file are for training, the last 5,000 for validation; the 10,000 of the test file are for
 * test. Pixels are normalised by mean and standard deviation of the training examples used.
 */
export const fashion = (options?: FashionOptions): Data<10> => {
  const verb = 'fashion()'
  const { train, from } = optionsOf(verb, options, ['train', 'from'])
  const used = inRange(verb, 'train', train ?? trainRows, whole(1, trainRows, 'Leave it out for all of them.'))
  return dataSet({ name: 'fashion', options: used === trainRows ? {} : { train: used }, ...placed(verb, from) }, classes, [28, 28, 1])
}

/** The first 10,000 training examples of Fashion-MNIST, with the same validation and test: a cheap benchmark. */
export const f10k = (options?: Pick<FashionOptions, 'from'>): Data<10> => fashion({ ...options, train: 10_000 })

const images = (set: string) => `${set}-images-idx3-ubyte`
const labels = (set: string) => `${set}-labels-idx1-ubyte`

export const fashionSource: DataSource = {
  revision: 1,
  place: {
    folder: 'fashion-mnist',
    system: ['/usr/share/datasets/fashion-mnist'],
    get: 'On Debian and Ubuntu: sudo apt-get install dataset-fashion-mnist. Elsewhere put the four IDX files into the folder.',
  },
  files: () => ['train', 't10k'].flatMap((set) => [images(set), labels(set)]),
  decode: (files, options) => {
    const read = (set: string, count: number) => {
      const [pictures, classesOf] = [images(set), labels(set)]
      return checked(pictures, count, labelledImages([pictures, files.get(pictures)!], [classesOf, files.get(classesOf)!], classes))
    }
    const rule = { validation: 5_000, test: 0, by: 'file', train: (options.train ?? trainRows) as number } as const // what fashion() wrote
    return pooled(read('train', trainRows + 5_000), read('t10k', 10_000), { input: [28, 28, 1], classes, rule })
  },
}

function checked(name: string, count: number, found: LabelledImages): LabelledImages {
  if (found.labels.length === count && found.height === 28 && found.width === 28) return found
  throw new PipelineProblem({
    title: `${name} has ${found.labels.length} images of ${found.height} × ${found.width}, and Fashion-MNIST has ${count} of 28 × 28.`,
    facts: {},
    hint: 'Read the files of other data sets with mnist(), kmnist() or emnist().',
  })
}
