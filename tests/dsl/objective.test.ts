import { describe, expect, test } from 'vitest'
import { compile } from '../../dsl/language/compile.ts'
import {
  type Arch,
  adam,
  at,
  cifar10,
  crd,
  criterion,
  crossEntropy,
  csv,
  cutout,
  type Data,
  data,
  digits,
  dist,
  dkd,
  ensemble,
  fitnet,
  force,
  gradient,
  grasp,
  kd,
  latentBE,
  lenet300,
  loss,
  type Model,
  meanSquaredError,
  metric,
  mobyDick,
  model,
  npy,
  objective,
  type PipelineProblem,
  rkd,
  simkd,
  sp,
  srrl,
  task,
  text,
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
    /^kd\(\) learns classes and tokens, and the student predicts numbers/,
  ],
  [
    'features of texts',
    () =>
      task(words)
        .init()
        .distill(task(words).train({ seed: 1 }), untyped(fitnet({ student: 'out', teacher: 'out' } as never))),
    /^fitnet\(\) learns classes, and the student predicts tokens/,
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

const features = { student: 'out', teacher: 'out' } as const
const methods = {
  kd: kd(),
  dkd: dkd(),
  dist: dist(),
  fitnet: fitnet(features),
  at: at({ student: ['out'], teacher: ['out'] }),
  sp: sp(),
  rkd: rkd(),
  srrl: srrl(),
  crd: crd(),
  simkd: simkd(),
  latentBE: latentBE(),
  'loss()': loss(({ tf, student }) => tf.mean(student)),
}
const refusedOf = (set: typeof words | typeof numbers) =>
  Object.entries(methods).flatMap(([name, method]) => {
    const { init, train } = task<Arch>(set as never)
    try {
      init().distill(train({ seed: 1 }), method as never)
      return []
    } catch (cause) {
      expect((cause as PipelineProblem).title).toMatch(
        /^\w+\(\) learns classes( and tokens)?, and the student predicts (tokens|numbers)\.$/,
      )
      return [name]
    }
  })

test('every way to learn is for texts, or for numbers, or refused in one sentence', () => {
  const ofFeatures = ['fitnet', 'at', 'sp', 'rkd', 'srrl', 'crd', 'simkd', 'latentBE']
  expect(refusedOf(words)).toEqual(ofFeatures)
  expect(refusedOf(numbers)).toEqual(['kd', 'dkd', 'dist', ...ofFeatures])
})

test('every criterion that looks at the gradient of the cross-entropy is refused for numbers', () => {
  for (const pruner of [gradient(0.5), force(0.5), grasp(0.5), criterion(0.5, (weights) => weights, { gradient: { batches: 1 } })])
    expect(() => task(numbers).train().prune(pruner)).toThrow(/looks at the gradient of the cross-entropy, and these data have numbers/)
})

describe('predictions that mean something else', () => {
  const learned = loss(({ tf, student, teachers: [teacher] }) => tf.mean(tf.squaredDifference(student, teacher!)))
  const of = (data: Data<64>, model: Model<Arch & { classes: 64 }> = net(64)) => task({ model, data, ...rest })
  const numbersOf = (from: string, more: { validation?: number } = {}) =>
    task({ model: net(2), data: csv({ from, targets: ['price', 'tax'], input: [1, 1, 3], ...more }), ...rest })
  const texts = (from: string) => of(text({ from, length: 16, vocabulary: 64 }))
  const bytes = (from: string) => task({ model: net(256), data: text({ from, length: 16, tokens: 'bytes' }), ...rest })

  test.each<[string, () => unknown, RegExp]>([
    [
      'classes from numbers',
      () =>
        task({ ...images, model: net(2), data: csv({ from: 'a.csv', classes: 2, input: [1, 1, 3] }) })
          .init()
          .distill(task(numbers).train(), kd()),
      /^distill\(\) was given networks that predict different things: classes and numbers/,
    ],
    [
      'tokens from classes',
      () =>
        task(words)
          .init()
          .distill(of(csv({ from: 'a.csv', classes: 64, input: [1, 1, 3] })).train(), kd()),
      /^distill\(\) was given networks that predict different things: tokens and classes/,
    ],
    ['tokens of another text', () => texts('a.txt').init().distill(texts('b.txt').train(), kd()), /^Each text numbers its tokens/],
    [
      'numbers of another table',
      () => numbersOf('a.csv').init().distill(numbersOf('b.csv').train(), learned),
      /^Predicted numbers are normalised by the training examples/,
    ],
    [
      'numbers of other training examples',
      () =>
        numbersOf('a.csv')
          .init()
          .distill(numbersOf('a.csv', { validation: 0.3 }).train(), learned),
      /^Predicted numbers are normalised by the training examples/,
    ],
    [
      'an ensemble of two tables',
      () => ensemble(2, (seed) => numbersOf(seed === 0 ? 'a.csv' : 'b.csv').train({ seed })),
      /^Predicted numbers are normalised by the training examples/,
    ],
  ])('refused: %s', (_, mistake, title) => {
    expect(mistake).toThrow(title)
  })

  test('the same data, bytes of any text, and what data() gives are not', () => {
    expect(
      texts('a.txt')
        .init()
        .distill(texts('a.txt').train({ seed: 1 })),
    ).toBeDefined()
    expect(bytes('a.txt').init().distill(bytes('b.txt').train())).toBeDefined()
    expect(ensemble(2, (seed) => numbersOf('a.csv').train({ seed }))).toBeDefined()
    const made = () => ({ tokens: new Int32Array(17) })
    const own = () => of(data({ vocabulary: 64, length: 16 }, { train: made(), validation: made(), test: made() }))
    expect(
      own()
        .init()
        .distill(own().train({ seed: 1 })),
    ).toBeDefined()
  })
})

describe('custom data', () => {
  const images = (n: number) => ({ images: new Float32Array(4 * n), targets: new Float32Array(2 * n) })
  const rows = (n: number) => ({ tokens: new Int32Array(9 * n) })

  test('say what is predicted, and how long a sequence is', () => {
    const input = [2, 2, 1] as const
    const numbers = data({ targets: 2 }, { input, train: images(2), validation: images(1), test: images(1) })
    expect(numbers).toMatchObject({ classes: 2, predicts: 'numbers', input })
    const tokens = data({ vocabulary: 16, length: 8 }, () => ({ train: rows(2), validation: rows(1), test: rows(1) }))
    expect(tokens).toMatchObject({ classes: 16, predicts: 'tokens', input: [8] })
    // As before there were such.
    const classes = data(3, () => untyped(undefined))
    expect([Object.keys(classes), classes.spec.options.facts]).toEqual([['kind', 'spec', 'classes'], { classes: 3 }])
  })

  test.each<[string, () => unknown, RegExp]>([
    [
      'no number to predict',
      () =>
        data(
          { targets: 0 },
          untyped(() => 0),
        ),
      /value of targets that is out of range/,
    ],
    [
      'one token',
      () =>
        data(
          { vocabulary: 1, length: 8 },
          untyped(() => 0),
        ),
      /value of vocabulary that is out of range/,
    ],
    [
      'sequences of no length',
      () =>
        data(
          untyped({ vocabulary: 16 }),
          untyped(() => 0),
        ),
      /value of length that is out of range/,
    ],
    [
      'both',
      () =>
        data(
          untyped({ targets: 1, vocabulary: 16, length: 8 }),
          untyped(() => 0),
        ),
      /^data\(\) predicts numbers \(targets\), or the next token/,
    ],
    [
      'something else',
      () =>
        data(
          untyped({ classes: 2 }),
          untyped(() => 0),
        ),
      /no option 'classes'/,
    ],
    [
      'half an example',
      () =>
        data(
          { targets: 2 },
          { input: [2, 2, 1], train: { ...images(2), targets: new Float32Array(3) }, validation: images(1), test: images(1) },
        ),
      /^data\(\) takes images and targets for training, validation and test/,
    ],
    [
      'sequences without the token after',
      () => data({ vocabulary: 16, length: 9 }, { train: rows(2), validation: rows(1), test: rows(1) }),
      /^data\(\) takes sequences of tokens for training, validation and test/,
    ],
  ])('refused: %s', (_, mistake, title) => {
    expect(mistake).toThrow(title)
  })
})

test('what learns every token of a text is accepted', () => {
  const { init, train } = task(words)
  for (const method of [kd(), dkd(), loss(({ tf, student }) => tf.mean(student))])
    expect(init().distill(train({ seed: 1 }), method)).toBeDefined()
  expect(task(words).train().prune(gradient(0.5))).toBeDefined()
  expect(() => task({ model: lenet300(), data: cifar10(), ...rest })).not.toThrow()
})
