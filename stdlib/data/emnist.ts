/** EMNIST (Cohen et al., 2017): handwritten letters and digits in MNIST's format. The images in the files are transposed. */
import { oneOf } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { idxNames, idxSource, type MnistOptions } from './mnist.ts'
import { dataSet } from './source.ts'
import { splitRule, withSplits } from './splits.ts'

/** Classes of each of its six parts. */
const parts = { byclass: 62, bymerge: 47, balanced: 47, letters: 26, digits: 10, mnist: 10 } as const
/** The parts of EMNIST: `byclass` (62 classes), `bymerge` and `balanced` (47), `letters` (26), `digits` and `mnist` (10). */
export type EmnistPart = keyof typeof parts

/** One of its parts, images upright. By default the last tenth of the training file is the validation split. */
export const emnist = <P extends EmnistPart>(part: P, options?: MnistOptions): Data<(typeof parts)[P]> => {
  const verb = 'emnist()'
  const name = oneOf(verb, 'part', part, Object.keys(parts) as EmnistPart[])
  const { from, ...given } = withSplits(verb, options, ['from'])
  const rule = splitRule(verb, given, { validation: 0.1, by: 'file' })
  return dataSet({ name: 'emnist', options: { part: name, ...rule }, ...placed(verb, from) }, parts[part], [28, 28, 1])
}

export const emnistSource = idxSource(
  {
    folder: 'emnist',
    system: ['/usr/share/datasets/emnist'],
    get: 'Unpack its archive gzip.zip into one of these folders, or name the folder: emnist(part, { from }).',
  },
  (options) => {
    const part = options.part as EmnistPart // what emnist() wrote
    // Letters are counted from one.
    return { names: idxNames(`emnist-${part}-`, 'test'), classes: parts[part], first: part === 'letters' ? 1 : 0, transposed: true }
  },
)
