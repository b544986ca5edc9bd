import { expect, test } from 'vitest'
import { compile } from '../../dsl/language/compile.ts'
import {
  adam,
  cifar10,
  crossEntropy,
  csv,
  cutout,
  digits,
  dkd,
  fitnet,
  gradient,
  kd,
  lenet300,
  loss,
  meanSquaredError,
  metric,
  mobyDick,
  model,
  npy,
  objective,
  type PipelineProblem,
  task,
} from '../../stdlib/index.ts'

const facts = { channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 } as const
const net = <const C extends number>(classes: C) => model(() => null as never, { classes, layers: { out: classes }, ...facts })
const rest = { optimizer: adam({ lr: 1e-3 }), epochs: 1 }
const images = { model: lenet300(), data: digits(), ...rest }
const prices = csv({ from: 'prices.csv', targets: ['price', 'tax'], input: [1, 1, 3] })
const numbers = { model: net(2), data: prices, ...rest }
const words = { model: net(64), data: mobyDick({ length: 16, vocabulary: 64 }), ...rest }
const untyped = (value: unknown): never => value as never

const graphOf = (pipeline: Parameters<typeof compile>[0]['default']) =>
  compile({ default: pipeline! }, { fingerprint: () => 'f'.repeat(64) })
const optionsOf = (pipeline: Parameters<typeof graphOf>[0], kind: string) =>
  graphOf(pipeline).stages.find((stage) => stage.kind === kind)!.options

test('what goes without saying is in no stage', () => {
  const plain = optionsOf(task(images).train(), 'train')
  expect(optionsOf(task({ ...images, objective: crossEntropy(), metrics: [] }).train(), 'train')).toEqual(plain)
  expect(Object.keys(plain)).not.toContain('objective')
  expect(Object.keys(optionsOf(task(images).train(), 'evaluate'))).toEqual(['data', 'splits'])
  expect(optionsOf(task({ ...numbers, objective: meanSquaredError() }).train(), 'train')).toEqual(optionsOf(task(numbers).train(), 'train'))
})

test('the user’s are references: the objective in trainings from labels alone, metrics where something is measured', () => {
  const mae = metric('mae', () => 0, { better: 'lower' })
  const absolute = objective(({ tf, outputs, labels }) => tf.mean(tf.abs(tf.sub(outputs, labels))))
  const { train, init } = task({ ...numbers, objective: absolute, metrics: [mae] })
  const reference = { $: 'function', fingerprint: 'f'.repeat(64) }
  expect(optionsOf(train(), 'train')).toMatchObject({ objective: reference })
  expect(optionsOf(train().prune(0.5).finetune(), 'evaluate')).toMatchObject({ metrics: { mae: reference }, better: { mae: 'lower' } })
  const taught = init().distill(
    train({ seed: 1 }),
    loss(({ tf, student, teachers: [teacher] }) => tf.mean(tf.squaredDifference(student, teacher!))),
  )
  expect(Object.keys(optionsOf(taught, 'distill'))).not.toContain('objective')
})

test.each<[string, () => unknown, RegExp]>([
  [
    'squared error of classes',
    () => task({ ...images, objective: meanSquaredError() }),
    /^meanSquaredError\(\) learns numbers, and digits has classes/,
  ],
  [
    'cross-entropy of numbers',
    () => task({ ...numbers, objective: crossEntropy() }),
    /^crossEntropy\(\) learns classes, and csv has numbers/,
  ],
  ['a loss that is none', () => task({ ...images, objective: untyped(() => 0) }), /was given a function|takes an objective/],
  [
    'two metrics of one name',
    () => task({ ...images, metrics: [metric('a', () => 0, { better: 'lower' }), metric('a', () => 1, { better: 'lower' })] }),
    /with different names/,
  ],
  ['a metric of the library’s name', () => metric('accuracy', () => 0, { better: 'higher' }), /needs a name of its own/],
  ['a metric without a direction', () => metric('mae', () => 0, untyped({})), /value of better/],
  [
    'the best epoch by an accuracy of numbers',
    () => task(numbers).train({ select: 'validation/accuracy' }),
    /^csv has numbers to be predicted, and accuracy is of classes/,
  ],
  ['smoothed numbers', () => task({ ...numbers, labelSmoothing: 0.1 }).train(), /only classes can be smoothed/],
  ['texts with holes', () => task({ ...words, augment: [cutout(2)] }).train(), /^Augmentations change images, and mobyDick has none/],
  [
    'a network of images for a text',
    () => task({ ...words, model: lenet300({ classes: 64 }) }),
    /^lenet300 reads images, and mobyDick has sequences of tokens/,
  ],
  ['other classes than tokens', () => task({ ...words, model: untyped(net(10)) }), /as many classes/],
  [
    'tempered numbers',
    () =>
      task(numbers)
        .init()
        .distill(task(numbers).train({ seed: 1 }), kd()),
    /^kd\(\) learns classes of images, and the student predicts numbers/,
  ],
  [
    'features of texts',
    () =>
      task(words)
        .init()
        .distill(task(words).train({ seed: 1 }), untyped(fitnet({ student: 'out', teacher: 'out' } as never))),
    /^fitnet\(\) learns classes of images, and the student predicts tokens/,
  ],
  ['a gradient of numbers', () => task(numbers).train().prune(gradient(0.5)), /^gradient\(\) looks at the gradient of the cross-entropy/],
  ['targets with classes', () => csv({ from: 'a.csv', targets: ['a'], classes: 2, input: [1, 1, 1] } as never), /numbers have no classes/],
  [
    'targets shared out by class',
    () => csv({ from: 'a.csv', targets: ['a'], input: [1, 1, 1], by: 'class' } as never),
    /numbers have no classes/,
  ],
  [
    'a column predicted from itself',
    () => csv({ from: 'a.csv', targets: ['a'], columns: ['a'], input: [1, 1, 1] }),
    /predict a column from itself/,
  ],
  ['no number of an array', () => npy({ from: 'a.npz', targets: 0, input: [1, 1, 1] }), /targets that is out of range/],
])('refused: %s', (_, mistake, title) => {
  let problem: PipelineProblem | undefined
  try {
    mistake()
  } catch (cause) {
    problem = cause as PipelineProblem
  }
  expect(problem?.title).toMatch(title)
  expect(problem?.hint).toMatch(/\.$/)
})

test('what learns every token of a text is accepted', () => {
  const { init, train } = task(words)
  for (const method of [kd(), dkd(), loss(({ tf, student }) => tf.mean(student))])
    expect(init().distill(train({ seed: 1 }), method)).toBeDefined()
  expect(task(words).train().prune(gradient(0.5))).toBeDefined()
  expect(() => task({ model: lenet300(), data: cifar10(), ...rest })).not.toThrow()
})
