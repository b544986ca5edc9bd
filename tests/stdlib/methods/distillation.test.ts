import { beforeAll, describe, expect, test } from 'vitest'
import { fitnet } from '../../../dsl/index.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { composed, simkdSpec } from '../../../stdlib/distill/simkd.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { fitnetArms, kdArms, simkdArms, simkdTable } from '../../../stdlib/methods/distillation.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { topologyOf } from '../../../stdlib/models/structure/topology.ts'
import { buildModel } from '../../../stdlib/network-registry.ts'
import { armsOf, big, optionsOf, small } from './chain.ts'

const teacher = big.train({ seed: 1 })

test('distillation beside labels alone, at one length and rate', () => {
  expect(armsOf(kdArms({ student: small.init(), teacher }))).toEqual({ ce: 'init train:20@step 0.1', kd: 'init kd:20@step 0.1' })
})

test('hints beside both', () => {
  const arms = fitnetArms({ student: big.init(), teacher, hints: fitnet({ student: 'conv1', teacher: 'conv1' }) })
  expect(Object.keys(arms)).toEqual(['ce', 'kd', 'fitnet'])
  expect(optionsOf(arms.fitnet, 'distill').method).toEqual({ kind: 'fitnet', student: 'conv1', teacher: 'conv1', beta: 100 })
})

describe('SimKD', () => {
  test('beside its control, which has the projector too and learns from labels', () => {
    const arms = simkdArms({ student: big.init(), teacher })
    expect(Object.keys(arms)).toEqual(['ce', 'kd', 'simkd', 'projectorCE'])
    // The official row of KD is the sum of both terms, no mixture.
    expect(optionsOf(arms.kd, 'distill').method).toEqual({ kind: 'kd', temperature: 4, ce: 1, kl: 1 })
    expect(optionsOf(arms.simkd, 'distill').method).toEqual({ kind: 'simkd', factor: 2 })
    expect(optionsOf(arms.projectorCE, 'distill').method).toEqual({ kind: 'simkd', factor: 2, learn: 'labels' })
  })

  test("the rows of its tables have the weights of the authors' code: each beside CE + τ²·KL, the others as in theirs", () => {
    const maps = { student: ['conv1'], teacher: ['conv1'] } as const
    const arms = simkdTable({ student: big.init(), teacher, maps, dkd: { beta: 2, warmup: 1 } })
    const { ce, kd, simkd, projectorCE, ...rows } = arms
    const soft = { kl: 1, temperature: 4 }
    expect(Object.fromEntries(Object.entries(rows).map(([name, arm]) => [name, optionsOf(arm, 'distill').method]))).toEqual({
      at: { kind: 'at', student: ['conv1'], teacher: ['conv1'], beta: 1000, ...soft },
      sp: { kind: 'sp', beta: 3000, ...soft },
      crd: { kind: 'crd', beta: 0.8, negatives: 16384, width: 128, contrast: 0.07, momentum: 0.5, ...soft },
      srrl: { kind: 'srrl', beta: 1, ...soft },
      rkd: { kind: 'rkd', distance: 25, angle: 50 },
      dkd: { kind: 'dkd', temperature: 4, alpha: 1, beta: 2, warmup: 1, ce: 1 },
      dist: { kind: 'dist', temperature: 4, beta: 2, gamma: 2, ce: 1 },
    })
    expect(armsOf({ ce, kd, simkd, projectorCE })).toEqual(armsOf(simkdArms({ student: big.init(), teacher })))
  })

  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine({ threads: 1 })
  })

  const whole = (ownClassifier: boolean) => {
    const spec = simkdSpec({ student: bnConv([4, 6]).spec, teacher: bnConv([4, 8]).spec, factor: 2, ownClassifier })
    return topologyOf(spec, buildModel(engine.tf, spec))
  }
  const drawn = (widths: readonly number[], seed: number) => {
    const { spec } = bnConv(widths)
    const topology = topologyOf(spec, buildModel(engine.tf, spec))
    return { topology, weights: initialise(topology, seed), masks: new Map() }
  }

  test('the control has as many parameters, all of them trained, and nothing of the teacher in its weights', () => {
    const [simkd, control] = [whole(false), whole(true)]
    const shapes = ({ parameters }: typeof simkd) => parameters.map(({ name, shape }) => [name, shape])
    expect(shapes(control)).toEqual(shapes(simkd))
    expect(control.parameters.filter(({ trainable, role }) => !trainable && !role.startsWith('moving_'))).toEqual([])
    const [student, taught] = [drawn([4, 6], 1), drawn([4, 8], 2)]
    const own = composed(control, student, [], 3)
    expect(own.weights.get('teacher_out/kernel')).not.toEqual(taught.weights.get('out/kernel'))
    expect(composed(simkd, student, [taught], 3).weights.get('teacher_out/kernel')).toEqual(taught.weights.get('out/kernel'))
    expect(own.weights.get('conv1/kernel')).toEqual(student.weights.get('conv1/kernel'))
  })
})
