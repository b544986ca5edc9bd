import { expect, test } from 'vitest'
import { compile } from '../../../dsl/compile.ts'
import { refuseUnavailable } from '../../../runtime/plan/available.ts'
import { PlanProblem } from '../../../runtime/problem.ts'
import * as lib from '../../../stdlib/index.ts'

const { data, digits, lenet300, model, task } = lib
const setting = { model: lenet300(), data: digits(), optimizer: lib.sgd({ lr: 0.1 }), epochs: 2 }
const { init, train } = task(setting)
const split = { images: new Float32Array(784), labels: new Int32Array(1) }
const own = data(10, { input: [28, 28, 1], train: split, validation: split, test: split })
const facts = {
  classes: 10,
  layers: { out: 10 },
  channels: 'has no channels',
  norm: 'no batch-norm',
  features: 'feature vector',
  members: 1,
} as const

const check = (pipeline: lib.Runnable) => refuseUnavailable(compile({ default: pipeline }, { fingerprint: () => 'f' }))

test.each<[what: string, pipeline: lib.Runnable]>([
  ['Rewinding to a step', train().rewind({ step: 3 }).train()],
  ['A stage of your own', train().pipe(lib.stage('own', ({ weights }) => weights))],
  ['export()', train().export({ format: 'onnx', path: 'a.onnx' })],
  ['ema', train({ ema: 0.9 })],
  ['Data of your own', task({ ...setting, data: own }).train()],
  ['A model of your own', task({ ...setting, model: model((tf) => tf.sequential(), facts) }).init()],
  ['A criterion of your own', train().prune(lib.criterion(0.5, (weights) => weights))],
  [
    'A criterion of your own',
    train().prune(
      lib.criterion(0.5, (weights) => weights),
      { schedule: lib.cubic() },
    ),
  ],
  [
    'A loss of your own',
    init().distill(
      train(),
      lib.loss(({ student }) => student),
    ),
  ],
  ['Measuring an ensemble', lib.ensemble(2, (seed) => train({ seed }))],
])('%s is refused with the stage and its place, before anything runs', (what, pipeline) => {
  expect(() => check(pipeline)).toThrow(PlanProblem)
  try {
    check(pipeline)
  } catch (problem) {
    expect(problem).toMatchObject({ title: `${what} cannot be run by this version yet.` })
    expect((problem as PlanProblem).facts.map(([label]) => label)).toEqual(['stage', 'at'])
  }
})

test.each<[what: string, pipeline: lib.Runnable]>([
  ['gradual pruning', train().prune(0.9, { schedule: lib.cubic() })],
  ['feedback', init().dpf(0.9)],
  ['dense-sparse-dense', train().prune(0.5).finetune().dense().finetune()],
  ['distillation from an ensemble', init().distill(lib.ensemble(2, (seed) => train({ seed })))],
])('%s is not', (_, pipeline) => {
  expect(() => check(pipeline)).not.toThrow()
})
