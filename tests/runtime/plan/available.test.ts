import { expect, test } from 'vitest'
import { compile } from '../../../dsl/compile.ts'
import { refuseUnavailable } from '../../../runtime/plan/available.ts'
import { PlanProblem } from '../../../runtime/problem.ts'
import * as lib from '../../../stdlib/index.ts'

const { digits, lenet300, task } = lib
const setting = { model: lenet300(), data: digits(), optimizer: lib.sgd({ lr: 0.1 }), epochs: 2 }
const { init, train } = task(setting)
const check = (pipeline: lib.Runnable) => refuseUnavailable(compile({ default: pipeline }, { fingerprint: () => 'f' }))

test.each<[what: string, pipeline: lib.Runnable]>([['ema', train({ ema: 0.9 })]])(
  '%s is refused with the stage and its place, before anything runs',
  (what, pipeline) => {
    expect(() => check(pipeline)).toThrow(PlanProblem)
    try {
      check(pipeline)
    } catch (problem) {
      expect(problem).toMatchObject({ title: `${what} cannot be run by this version yet.` })
      expect((problem as PlanProblem).facts.map(([label]) => label)).toEqual(['stage', 'at'])
    }
  },
)

test.each<[what: string, pipeline: lib.Runnable]>([
  ['gradual pruning', train().prune(0.9, { schedule: lib.cubic() })],
  ['feedback', init().dpf(0.9)],
  ['dense-sparse-dense', train().prune(0.5).finetune().dense().finetune()],
  ['distillation from an ensemble', init().distill(lib.ensemble(2, (seed) => train({ seed })))],
])('%s is not', (_, pipeline) => {
  expect(() => check(pipeline)).not.toThrow()
})
