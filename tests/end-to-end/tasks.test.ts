/** Tasks beyond classes of images, run by the command as it is built: numbers of a table, and the user's own objectives and metrics. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifactsOf, eventsNamed, newCheckpoint, type PlanDocument, Project, temporaryProject } from './command.ts'

/** 400 rows of four numbers, with y = 3a − 2b + c² and an unused d. */
const table = () => {
  let state = 1
  const draw = () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
  const rows = Array.from({ length: 400 }, () => {
    const [a, b, c, d] = [draw(), draw(), 2 * draw() - 1, draw()]
    return [a, b, c, d, 1000 + 100 * (3 * a - 2 * b + c * c)].map((value) => value.toFixed(6)).join(',')
  })
  return `a,b,c,d,price\n${rows.join('\n')}\n`
}

const pipeline = `import { adam, compare, csv, meanSquaredError, metric, model, objective, task } from 'espalier'
const prices = csv({ from: 'prices.csv', targets: ['price'], input: [1, 1, 4] })
const net = model(
  (tf) =>
    tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [1, 1, 4] }),
        tf.layers.dense({ name: 'fc1', units: 32, activation: 'relu' }),
        tf.layers.dense({ name: 'out', units: 1 }),
      ],
    }),
  { classes: 1, layers: { fc1: 32, out: 1 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 },
)
const mae = metric('mae', ({ outputs, labels }) => outputs.reduce((sum, y, i) => sum + Math.abs(y - labels[i]!), 0) / outputs.length, { better: 'lower' })
const huber = objective(({ tf, outputs, labels }) => tf.losses.huberLoss(labels, outputs))
const setting = { model: net, data: prices, optimizer: adam({ lr: 1e-2 }), epochs: 40, batch: 16, metrics: [mae] }
const { train } = task({ ...setting, objective: meanSquaredError() })
export default compare({
  dense: train({ earlyStop: 100 }),
  pruned: train().prune({ fc1: 0.25 }).finetune(),
  huber: task({ ...setting, objective: huber }).train(),
})
`
const files = { 'a.pipeline.ts': pipeline, 'prices.csv': table() }
const project = new Project(files)
afterAll(() => project.remove())
let expected: Awaited<ReturnType<typeof artifactsOf>>
const toRun = async (of: Project) =>
  (JSON.parse((await of.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument).stages
    .filter(({ status }) => status === 'run')
    .map(({ path }) => path)

beforeAll(async () => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json')
  if (code !== 0) throw new Error(`the first run failed:\n${stdout}\n${stderr}`)
  const { results } = eventsNamed(stdout, 'done')[0]!
  expect(results.map(({ path }) => path)).toEqual(['dense', 'pruned', 'huber'])
  for (const { metrics, better } of results) {
    expect(metrics['test/r2']).toBeGreaterThan(0.9)
    // R² of the normalised numbers and of those in the table is one; the deviation of the prices is about 100.
    expect(metrics['test/rmse']).toBeGreaterThan(metrics['test/mae']!)
    expect(metrics['test/mae']).toBeLessThan(20)
    expect(Object.keys(metrics).filter((name) => /accuracy|ece|brier|temperature/.test(name))).toEqual([])
    expect(better).toEqual({ 'validation/mae': 'lower', 'test/mae': 'lower' })
  }
  const trained = eventsNamed(stdout, 'stage-done').find(({ path }) => path === 'dense/train')!.metrics
  expect(trained['earlyStop/test/loss']).toBeLessThan(0.1)
  expect(Object.keys(trained).filter((name) => name.includes('accuracy'))).toEqual([])
  expected = await artifactsOf(project, 'a.pipeline.ts')
}, 240_000)

test('a training that is killed goes on to the same bits, and a second run is all hits', async () => {
  const other = temporaryProject(files)
  const running = other.start(['run', 'a.pipeline.ts', '--json', '--slots', '1', '--checkpoint-every', '0.05'])
  await newCheckpoint(other)
  running.killAll('SIGKILL')
  await running.ended
  expect((await other.espalier('run', 'a.pipeline.ts', '--json')).code).toBe(0)
  expect(await artifactsOf(other, 'a.pipeline.ts')).toEqual(expected)
  expect(await toRun(project)).toEqual([])
}, 240_000)

test('another metric measures again, another objective trains again, and why names the function; which way is better changes nothing', async () => {
  try {
    project.write('a.pipeline.ts', pipeline.replace("{ better: 'lower' }", "{ better: 'higher' }"))
    expect(await toRun(project)).toEqual([])
    project.write('a.pipeline.ts', pipeline.replace('Math.abs(y - labels[i]!)', '2 * Math.abs(y - labels[i]!)'))
    expect(await toRun(project)).toEqual(['dense/evaluate', 'pruned/evaluate', 'huber/evaluate'])
    project.write(
      'a.pipeline.ts',
      pipeline.replace('tf.losses.huberLoss(labels, outputs)', 'tf.losses.absoluteDifference(labels, outputs)'),
    )
    expect(await toRun(project)).toEqual(['huber/train'])
    const { stdout } = await project.espalier('why', 'a.pipeline.ts', 'huber/train')
    expect(stdout).toMatch(/^\+.*absoluteDifference/m)
  } finally {
    project.write('a.pipeline.ts', pipeline)
  }
})

test('tables have R² first and the metric of the user’s with its direction', async () => {
  const { code, stdout } = await project.espalier('table', 'a.pipeline.ts', '--format', 'json', '--no-check')
  expect(code).toBe(0)
  const { columns } = JSON.parse(stdout) as { columns: { name: string; better: string }[] }
  expect(columns[0]).toMatchObject({ name: 'test/r2', better: 'higher' })
  expect(columns.at(-1)).toMatchObject({ name: 'test/mae', better: 'lower' })
})

test.each([
  [
    'an accuracy of numbers',
    'train({ earlyStop: 100 })',
    "train({ select: 'validation/accuracy' })",
    /csv has numbers to be predicted, and accuracy is of classes/,
  ],
  ['an objective of classes', 'meanSquaredError()', 'crossEntropy()', /crossEntropy\(\) learns classes, and csv has numbers/],
  ['a column that is not there', "targets: ['price']", "targets: ['cost']", /prices\.csv has no column "cost"/],
])('refused before anything is trained: %s', async (_, before, after, sentence) => {
  const own = temporaryProject({
    ...files,
    'a.pipeline.ts': pipeline.replace(before, after).replace('meanSquaredError,', 'crossEntropy, meanSquaredError,'),
  })
  const { code, stderr } = await own.espalier('plan', 'a.pipeline.ts')
  expect(code).not.toBe(0)
  expect(stderr).toMatch(sentence)
})
