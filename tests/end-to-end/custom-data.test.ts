/** Data of the user's own beyond classes, run by the command as it is built: numbers that are predicted, and sequences of tokens. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifactsOf, eventsNamed, type PlanDocument, Project, temporaryProject } from './command.ts'

const pipeline = `import { adam, compare, data, lenet300, loss, lstm, model, task, type Tf } from 'espalier'
import { rows, sums } from './lib/made.ts'
const rest = { optimizer: adam({ lr: 1e-2 }), batch: 16 }
const numbers = data({ targets: 2 }, sums)
const build = (tf: Tf) =>
  tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [1, 1, 3] }),
      tf.layers.dense({ name: 'fc1', units: 16, activation: 'relu' }),
      tf.layers.dense({ name: 'out', units: 2 }),
    ],
  })
const plain = { channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 } as const
const net = model(build, { classes: 2, layers: { fc1: 16, out: 2 }, ...plain })
const regression = task({ model: net, data: numbers, epochs: 30, ...rest })
const tokens = data({ vocabulary: 8, length: 6 }, rows)
const language = task({ model: lstm([12], { vocabulary: 8, embedding: 6 }), data: tokens, epochs: 12, ...rest })
export default compare({
  numbers: regression.train(),
  taughtNumbers: regression.init({ seed: 1 }).distill(regression.train(), loss(({ tf, student, teachers: [teacher] }) => tf.mean(tf.squaredDifference(student, teacher!)))),
  tokens: language.train(),
  taughtTokens: language.init({ seed: 1 }).prune(0.5).distill(language.train()),
})
`
const made = `import type { CustomNumbers, CustomTokens } from 'espalier'
/** a + b and 100·a of three numbers. */
const split = (from: number, n: number) => {
  const images = Float32Array.from({ length: 3 * n }, (_, i) => Math.sin(12.9 * (3 * from + i)))
  const targets = Float32Array.from({ length: 2 * n }, (_, i) => {
    const [a, b] = [images[3 * Math.floor(i / 2)]!, images[3 * Math.floor(i / 2) + 1]!]
    return i % 2 === 0 ? a + b : 100 * a
  })
  return { images, targets }
}
export const sums = (): CustomNumbers => ({ input: [1, 1, 3], train: split(0, 400), validation: split(400, 50), test: split(450, 50) })
/** Counting upwards from anywhere, by one. */
const count = (from: number, n: number) => ({ tokens: Int32Array.from({ length: 7 * n }, (_, i) => (5 * Math.floor(from + i / 7) + (i % 7)) % 8) })
export const rows = (): CustomTokens => ({ train: count(0, 320), validation: count(320, 40), test: count(360, 40) })
`
const files = { 'a.pipeline.ts': pipeline, 'lib/made.ts': made }
const project = new Project(files)
afterAll(() => project.remove())

const statuses = async (): Promise<{ readonly [path: string]: string }> => {
  const { stages } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument
  return Object.fromEntries(stages.map(({ path, status }) => [path, status]))
}

beforeAll(async () => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json')
  if (code !== 0) throw new Error(`the first run failed:\n${stdout}\n${stderr}`)
  const metrics = Object.fromEntries(eventsNamed(stdout, 'done')[0]!.results.map((result) => [result.path, result.metrics]))
  for (const arm of ['numbers', 'taughtNumbers']) {
    const of = metrics[arm]!
    // Of numbers that are not normalised the loss is in their units, so the second counts most: RMSE² of both, averaged.
    expect(of['test/loss']).toBeCloseTo((of['test/rmse/0']! ** 2 + of['test/rmse/1']! ** 2) / 2, 2)
    expect(of['test/rmse']).toBeCloseTo((of['test/rmse/0']! + of['test/rmse/1']!) / 2, 6)
    expect(of['test/r2']).toBeCloseTo((of['test/r2/0']! + of['test/r2/1']!) / 2, 6)
    expect(of['test/r2/1']).toBeGreaterThan(0.9)
    expect(Object.keys(of).filter((name) => /accuracy|ece|brier|temperature/.test(name))).toEqual([])
  }
  for (const arm of ['tokens', 'taughtTokens']) {
    const of = metrics[arm]!
    // What follows is certain: one token after each.
    expect(of['test/accuracy']).toBeGreaterThan(0.8)
    expect(of['test/perplexity']).toBeCloseTo(Math.exp(of['test/loss']!), 6)
  }
  expect(metrics.taughtTokens!.sparsity).toBeCloseTo(0.5, 2)
  expect(metrics.taughtTokens!['test/teacher-agreement']).toBeGreaterThan(0.8)
}, 480_000)

test('all is there afterwards; one number more is other data for the stages that read them alone', async () => {
  expect(new Set(Object.values(await statuses()))).toEqual(new Set(['hit']))
  expect(Object.keys(await artifactsOf(project, 'a.pipeline.ts')).length).toBeGreaterThan(8)
  try {
    project.write('lib/made.ts', made.replace('100 * a', '101 * a'))
    const now = await statuses()
    expect(now['numbers/train']).toBe('run')
    expect(now['tokens/train']).toBe('hit')
    expect((await project.espalier('why', 'a.pipeline.ts', 'numbers/train')).stdout).toMatch(/data/)
  } finally {
    project.write('lib/made.ts', made)
  }
})

test('sequences of two lengths of what one function gives are two data sets', async () => {
  const own = temporaryProject({ ...files, 'lib/made.ts': made.replaceAll('7', '14') })
  const kept = async (length: number): Promise<readonly string[]> => {
    own.write('a.pipeline.ts', pipeline.replace('length: 6', `length: ${length}`))
    const { code, stderr } = await own.espalier('plan', 'a.pipeline.ts')
    expect([code, stderr]).toEqual([0, ''])
    return readdirSync(join(own.folder, '.espalier/data')).filter((name) => /-tokens-.*\.bin$/.test(name))
  }
  expect((await kept(13)).map((name) => name.replace(/^custom-\w+/, ''))).toEqual(['-tokens-8-13.bin'])
  expect((await kept(6)).map((name) => name.replace(/^custom-\w+/, ''))).toEqual(['-tokens-8-13.bin', '-tokens-8-6.bin'])
})

test.each<[what: string, change: readonly [file: string, from: string, to: string], says: RegExp]>([
  ['NaN in a target', ['lib/made.ts', 'a + b :', 'Math.sqrt(a) :'], /images and targets: target 0 of example \d+ is NaN in train/],
  [
    'a token beyond the vocabulary',
    ['lib/made.ts', '(i % 7)) % 8', '(i % 7)) % 9'],
    /sequences of tokens: token 8 at place \d of sequence \d+ is not one of 0 to 7/,
  ],
  ['another length', ['a.pipeline.ts', 'length: 6', 'length: 5'], /which are no sequences of 5 and the token after in train/],
  [
    'one target too many',
    ['lib/made.ts', '{ length: 2 * n }', '{ length: 2 * n + 1 }'],
    /there are 801 numbers to predict, 2 for each example in train/,
  ],
  [
    'a network of images',
    ['a.pipeline.ts', 'lstm([12], { vocabulary: 8, embedding: 6 })', 'lenet300({ classes: 8 })'],
    /lenet300 reads images, and custom has sequences of tokens/,
  ],
  [
    'a network of the library for images of another shape',
    ['a.pipeline.ts', 'model: net', 'model: lenet300({ classes: 2 })'],
    /The network reads examples of another shape than the data have/,
  ],
  [
    'a network that predicts once, and is only measured',
    [
      'a.pipeline.ts',
      'tokens: language.train(),',
      "tokens: task({ model: model((tf) => tf.sequential({ layers: [tf.layers.embedding({ name: 'e', inputDim: 8, outputDim: 4, inputLength: 6 }), tf.layers.lstm({ name: 'l', units: 4 }), tf.layers.dense({ name: 'out', units: 8 })] }), { classes: 8, layers: { out: 8 }, ...plain }), data: tokens, epochs: 1, ...rest }).init(),",
    ],
    /does not predict the next token at each place of sequences of 6/,
  ],
])('refused by plan, where it is written: %s', async (_, [file, from, to], says) => {
  const own = temporaryProject(files)
  const text = own.read(file)
  expect(text).toContain(from)
  own.write(file, text.replace(from, to))
  const { code, stderr } = await own.espalier('plan', 'a.pipeline.ts')
  expect(code).not.toBe(0)
  expect(stderr).toMatch(says)
  expect(stderr).toMatch(/\.ts:\d+/)
})
