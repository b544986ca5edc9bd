import { expect, test } from 'vitest'
import {
  adam,
  compare,
  constant,
  cosine,
  kd,
  magnitude,
  PipelineProblem,
  type Runnable,
  seeds,
  sgd,
  step,
  task,
  warmup,
} from '../../dsl/index.ts'
import { conv, dots, tiny } from './tiny.ts'

const optimizer = adam({ lr: 1e-3 })
const setting = { model: tiny(), data: dots(), optimizer, epochs: 20 }
const { init, train } = task(setting)
const teacher = task({ ...setting, model: conv() }).train()

const refusal = (mistake: () => unknown): PipelineProblem => {
  try {
    mistake()
  } catch (problem) {
    if (problem instanceof PipelineProblem) return problem
    throw problem
  }
  throw new Error('was accepted')
}

/** Gets past the compiler, as a file that is run without its types. */
const untyped = (value: unknown): never => value as never

test('prune(90) says what a sparsity is, where, and how to write 90 %', () => {
  const here = new Error().stack?.split('\n')[1]?.match(/:(\d+):\d+\)?$/)?.[1]
  const problem = refusal(() => train().prune(untyped(90)))
  expect(problem.message.replace(/at: .*refusals\.test\.ts:(\d+):\d+/, 'at: refusals.test.ts:$1')).toBe(
    `A sparsity is the fraction removed, from 0 up to but not including 1.
  verb: prune()
  option: sparsity
  value: 90
  allowed: from 0 up to but not including 1
  at: refusals.test.ts:${Number(here) + 1}
Write 0.9 for 90 %.`,
  )
})

test.each<[verb: string, option: string, value: string, allowed: string, mistake: () => unknown]>([
  ['prune()', 'sparsity', 'NaN', 'from 0 up to but not including 1', () => train().prune(NaN)],
  ['prune()', 'sparsity of fc1', '1.5', 'from 0 up to but not including 1', () => train().prune({ fc1: 1.5 })],
  ['magnitude()', 'sparsity', '1', 'from 0 up to but not including 1', () => magnitude(untyped(1))],
  ['magnitude()', 'scope', "'network'", "'global', 'group', 'layer', 'erk'", () => magnitude(0.5, untyped({ scope: 'network' }))],
  ['magnitude()', 'of', "'left'", "'remaining', 'all'", () => magnitude(0.5, untyped({ of: 'left' }))],
  ['train()', 'epochs', '-3', 'a whole number, 1 or more', () => train({ epochs: -3 })],
  ['train()', 'epochs', '0', 'a whole number, 1 or more', () => train({ epochs: 0 })],
  ['train()', 'epochs', '2.5', 'a whole number, 1 or more', () => train({ epochs: 2.5 })],
  ['train()', 'epochs', "'3'", 'a whole number, 1 or more', () => train({ epochs: untyped('3') })],
  ['finetune()', 'epochs', '0', 'a whole number, 1 or more', () => train().finetune({ epochs: 0 })],
  ['distill()', 'epochs', '0', 'a whole number, 1 or more', () => train().distill(teacher, kd(), { epochs: 0 })],
  ['train()', 'seed', '-1', 'a whole number from 0 to 2147483647', () => train({ seed: -1 })],
  ['init()', 'seed', '0.5', 'a whole number from 0 to 2147483647', () => init({ seed: 0.5 })],
  ['reinit()', 'seed', '2147483648', 'a whole number from 0 to 2147483647', () => train().reinit(2 ** 31)],
  ['seeds()', 'seeds', '0', 'a whole number, 1 or more', () => seeds(0, (seed) => train({ seed }))],
  ['seeds()', 'seed', '-2', 'a whole number from 0 to 2147483647', () => seeds([1, -2], (seed) => train({ seed }))],
  ['repeat()', 'rounds', '0', 'a whole number from 1 to 10000', () => train().repeat(0, (p) => p)],
  ['train()', 'lr', '0', 'more than 0', () => train({ lr: 0 })],
  ['train()', 'lr', 'Infinity', 'more than 0', () => train({ lr: Infinity })],
  ['finetune()', 'lr', "'fast'", 'more than 0', () => train().finetune({ lr: untyped('fast') })],
  ['train()', 'keep.early', '21', 'a whole epoch after 0, up to 20', () => train({ keep: { early: 21 } })],
  ['train()', 'keep.early', '0', 'a whole epoch after 0, up to 20', () => train({ keep: { early: 0 } })],
  ['train()', 'keep.early', '2', 'a whole epoch after 0, up to 1', () => train({ epochs: 1, keep: { early: 2 } })],
  [
    'train()',
    'keep.b',
    '2',
    'a whole epoch after 2, up to 20',
    () =>
      train({ keep: { a: 2 } })
        .rewind('a')
        .train({ keep: { b: 2 } }),
  ],
  [
    'train()',
    'epochs',
    '2',
    'more than 2',
    () =>
      train({ keep: { a: 2 } })
        .rewind('a')
        .train({ epochs: 2 }),
  ],
  [
    'distill()',
    'epochs',
    '20',
    'more than 20',
    () =>
      train({ keep: { end: 20 } })
        .rewind('end')
        .distill(teacher),
  ],
  ['task()', 'epochs', 'nothing', 'a whole number, 1 or more', () => task(untyped({ ...setting, epochs: undefined }))],
  ['task()', 'batch', '0', 'a whole number, 1 or more', () => task({ ...setting, batch: 0 })],
  ['kd()', 'temperature', '0', 'more than 0', () => kd({ temperature: 0 })],
  ['kd()', 'alpha', '1.1', 'from 0 to 1', () => kd({ alpha: 1.1 })],
  ['constant()', 'lr', '-1', 'more than 0', () => constant(-1)],
  ['cosine()', 'to', '0.2', 'from 0 to lr (0.1)', () => cosine(0.1, { to: 0.2 })],
  ['step()', 'factor', '2', 'more than 0, up to 1', () => step(0.1, { factor: 2 })],
  ['step()', 'at.epochs', '[5, 5]', 'epochs, more than 0 and rising', () => step(0.1, { at: { epochs: [5, 5] } })],
  [
    'step()',
    'at.fractions',
    '[0.5, 1]',
    'fractions of the horizon, between 0 and 1 and rising',
    () => step(0.1, { at: { fractions: [0.5, 1] } }),
  ],
  ['warmup()', 'epochs', '0', 'more than 0', () => warmup(0, 0.1)],
  ['sgd()', 'momentum', '1', 'from 0 up to but not including 1', () => sgd({ lr: 0.1, momentum: 1 })],
  ['sgd()', 'weightDecay', '-1', '0 or more', () => sgd({ lr: 0.1, weightDecay: -1 })],
  ['sgd()', 'nesterov', 'true', 'false, or true with momentum above 0', () => sgd({ lr: 0.1, momentum: 0, nesterov: true })],
  ['adam()', 'beta2', '1', 'from 0 up to but not including 1', () => adam({ lr: 0.1, beta2: 1 })],
  ['adam()', 'epsilon', '0', 'more than 0', () => adam({ lr: 0.1, epsilon: 0 })],
])('%s refuses %s %s, allowed %s', (verb, option, value, allowed, mistake) => {
  const problem = refusal(mistake)
  const facts = Object.fromEntries(problem.facts)
  expect(facts).toMatchObject({ verb, option, value, allowed })
  expect(facts.at).toMatch(/tests\/dsl\/refusals\.test\.ts:\d+:\d+$/)
  expect(problem.hint).not.toBe('')
})

test.each<[what: string, title: string, mistake: () => unknown]>([
  ['a layer that the network lacks', "tiny has no layer called 'fc9'.", () => train().prune(untyped({ fc9: 0.5 }))],
  ['the same in a pruner', "tiny has no layer called 'fc9'.", () => train().prune(untyped(magnitude({ fc9: 0.5 })))],
  ['the same left out', "tiny has no layer called 'conv1'.", () => train().prune(untyped(magnitude(0.5, { exclude: ['conv1'] })))],
  ['no layer at all', 'No layer was named, so nothing would be pruned.', () => train().prune({})],
  ['a word', 'prune() takes a fraction, a fraction for each layer, or a pruner.', () => train().prune(untyped('0.9'))],
  [
    'options that do not go together',
    'Where one fraction is for several layers, the output layer has no rate of its own.',
    () => magnitude(0.5, untyped({ outputLayer: 'half' })),
  ],
  ['an option spelled wrong', "train() has no option 'epoch'.", () => train(untyped({ epoch: 3 }))],
  ['an option of another verb', "finetune() has no option 'keep'.", () => train().finetune(untyped({ keep: { a: 1 } }))],
  ['an option that has no meaning here', "magnitude() has no option 'scope'.", () => magnitude({ fc1: 0.5 }, untyped({ scope: 'layer' }))],
  ['options that are no object', 'train() takes its options as an object.', () => train(untyped(5))],
  [
    'options in the place of the method',
    'distill() takes a way to learn as its second argument.',
    () => train().distill(teacher, untyped({ epochs: 3 })),
  ],
  [
    'the name of the first weights',
    "snapshot() needs a name of its own; 'init' is that of the first weights.",
    () => train().snapshot('init'),
  ],
  [
    'the same in keep',
    "keep names epochs to keep the weights of; 'init' is the name of the first weights.",
    () => train({ keep: { init: 2 } }),
  ],
  ['a seed twice', 'seeds() was given a seed twice, which would count one result as two.', () => seeds([1, 1], (seed) => train({ seed }))],
  ['no seeds', 'seeds() has nothing to run.', () => seeds([], (seed) => train({ seed }))],
  ['no arms', 'compare() has nothing to run.', () => compare({})],
  ['an arm that is no pipeline', 'compare() takes pipelines and studies.', () => compare({ a: untyped(3) })],
  [
    'a baseline that is no arm',
    'compare() does not know this value of baseline.',
    () => compare({ a: train() }, untyped({ baseline: 'b' })),
  ],
  ['a seed that builds nothing', 'seeds() takes pipelines and studies.', () => seeds(1, () => untyped(undefined))],
  ['a loop without a round', 'repeat() needs a function.', () => train().repeat(3, untyped(undefined))],
  ['a pipe without a step', 'pipe() needs a function.', () => train().pipe(untyped('prune'))],
  ['seeds without a pipeline of them', 'seeds() needs a function.', () => seeds(3, untyped(train()))],
  ['a task without a model', 'task() needs a model.', () => task(untyped({ ...setting, model: undefined }))],
  ['a task without data', 'task() needs its data.', () => task(untyped({ ...setting, data: tiny() }))],
  ['a task without an optimizer', 'task() needs an optimizer.', () => task(untyped({ ...setting, optimizer: 'adam' }))],
])('%s is refused in a sentence', (_, title, mistake) => {
  expect(refusal(mistake).title).toBe(title)
})

const score = (weights: Float32Array) => weights
test.each<[place: string, mistake: () => unknown]>([
  ['prune()', () => train().prune(untyped(score))],
  ['prune()', () => train().prune(untyped({ fc1: score }))],
  ['magnitude()', () => magnitude(0.5, untyped({ of: score }))],
  ['train()', () => train(untyped({ lr: score }))],
  ['train()', () => train(untyped(score))],
  ['finetune()', () => train().finetune(untyped({ seed: score }))],
  ['distill()', () => train().distill(untyped(score))],
  ['distill()', () => train().distill(teacher, untyped(score))],
  ['distill()', () => train().distill(teacher, kd(), untyped({ lr: score }))],
  ['warmup()', () => warmup(1, untyped(score))],
  ['task()', () => task(untyped({ ...setting, model: score }))],
  ['task()', () => task(untyped({ ...setting, data: { ...dots(), spec: { name: 'mine', options: { read: score } } } }))],
  ['compare()', () => compare(untyped(score))],
])('%s refuses a function: a pipeline holds plain data only', (place, mistake) => {
  const problem = refusal(mistake)
  expect(problem.title).toBe(`${place} was given a function, and a pipeline holds plain data only.`)
  expect(Object.fromEntries(problem.facts)).toMatchObject({ verb: place, value: 'the function score' })
  expect(problem.hint).toMatch(/criterion\(\), loss\(\), stage\(\)/)
})

test('repeat() says which round lost what', () => {
  let rounds = 0
  const problem = refusal(() =>
    train({ keep: { early: 1 } }).repeat(3, (p) => {
      rounds++
      return rounds === 2 ? untyped(train()) : p
    }),
  )
  expect(Object.fromEntries(problem.facts)).toMatchObject({ round: '2', lost: "the snapshot 'early'" })
  expect(refusal(() => train().repeat(3, () => untyped(7))).facts).toContainEqual(['value', '7'])
})

test('rewind() lists the snapshots there are', () => {
  const pipeline: Runnable = train({ keep: { early: 2 } }).snapshot('end')
  expect(refusal(() => (pipeline as { rewind(to: string): unknown }).rewind('erly')).facts).toContainEqual([
    'snapshots',
    'init, early, end',
  ])
})
