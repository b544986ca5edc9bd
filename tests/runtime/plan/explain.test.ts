import { describe, expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { OptimizerSpec } from '../../../dsl/parts/optimizer.ts'
import type { ScheduleSpec } from '../../../dsl/parts/schedule.ts'
import { explain, nearestOf } from '../../../runtime/plan/explain.ts'
import { manifestOf } from '../../../runtime/plan/manifest.ts'
import { distill, evaluate, init, interpolate, oneOptionChanged, prune, rewind, train, variants, warmup } from './stages.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const inputs = { model: digest('a'), teacher: digest('b'), to: digest('c') }
const manifest = (stage: Stage, given: { [role: string]: string } = inputs, data = digest('d')) => manifestOf(stage, given, data)
const sgd = (lr: ScheduleSpec, more: object = {}): { optimizer: OptimizerSpec } => ({
  optimizer: { kind: 'sgd', lr, momentum: 0.9, nesterov: false, weightDecay: 0.0001, ...more },
})
const constant = (lr: number): ScheduleSpec => ({ kind: 'constant', lr })
const cosine = (lr: number): ScheduleSpec => ({ kind: 'cosine', lr, to: 0 })
const adam: OptimizerSpec = { kind: 'adam', lr: constant(0.1), beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
const t = (options: Parameters<typeof train>[2] = {}) => train('t', 'i', options)

describe('what changed is told in the user’s words', () => {
  test.each<[string, Stage, Stage]>([
    ['learning rate 0.1 → 0.05', t(), t(sgd(constant(0.05)))],
    ['learning-rate schedule constant → cosine {to: 0}', t(), t(sgd(cosine(0.1)))],
    ['learning rate 0.1 → 0.2; learning-rate schedule constant → cosine {to: 0}', t(), t(sgd(cosine(0.2)))],
    [
      'learning-rate schedule cosine {to: 0} → warm-up of 2 epochs, then cosine {to: 0}',
      t(sgd(cosine(0.1))),
      t(sgd(warmup(2, cosine(0.1)))),
    ],
    ['momentum 0.9 → 0.8', t(), t(sgd(constant(0.1), { momentum: 0.8 }))],
    ['weight decay 0.0001 → 0', t(), t(sgd(constant(0.1), { weightDecay: 0 }))],
    ['optimizer sgd → adam', t(), t({ optimizer: adam })],
    ['epochs 4 → 8; seed 0 → 3', t(), t({ epochs: 8, seed: 3 })],
    ['batch size 10 → 64', t(), t({ batch: 64 })],
    ['starting epoch 0 → 1', t(), t({ from: 1 })],
    ['data digits → letters', t(), t({ data: { name: 'letters', options: {} } })],
    ['data option split 0 → 1', t(), t({ data: { name: 'digits', options: { split: 1 } } })],
    ['sparsity 0.9 → 0.8', prune('p', 't'), prune('p', 't', { sparsity: 0.8 })],
    ['sparsity of fc1 0.9 → 0.5', prune('p', 't', { sparsity: { fc1: 0.9 } }), prune('p', 't', { sparsity: { fc1: 0.5 } })],
    ['sparsity 0.9 → {fc1: 0.5}', prune('p', 't'), prune('p', 't', { sparsity: { fc1: 0.5 } })],
    ['sparsity counted of remaining → all', prune('p', 't'), prune('p', 't', { of: 'all' })],
    ['rule for the output layer same → keep', prune('p', 't'), prune('p', 't', { outputLayer: 'keep' })],
    [
      'temperature 4 → 8; α 0.9 → 0.5',
      distill('d', 'p', 't'),
      distill('d', 'p', 't', { method: { kind: 'kd', temperature: 8, alpha: 0.5 } }),
    ],
    ['seed 0 → 1', init('i'), init('i', 1)],
    ['model lenet300 → conv2', init('i'), { ...init('i'), options: { model: { name: 'conv2', options: {} }, seed: 0 } }],
    [
      'model option width 300 → 100',
      init('i'),
      { ...init('i'), options: { model: { name: 'lenet300', options: { width: 100 } }, seed: 0 } },
    ],
    ['splits [validation, test] → [validation]', evaluate('e', 'd'), evaluate('e', 'd', ['validation'])],
    ['stage train → distill', t(), distill('t', 'i', 'x')],
  ])('%s', (expected, before, after) => {
    expect(explain(manifest(before), manifest(after)).join('; ')).toBe(expected)
  })

  test('changed inputs by their role', () => {
    const stage = distill('d', 'p', 't')
    expect(explain(manifest(stage), manifest(stage, { ...inputs, teacher: digest('f') }))).toEqual(['input teacher changed'])
    const back = rewind('r', 'p', { stage: 'i' })
    expect(explain(manifest(back), manifest(back, { ...inputs, model: digest('e'), to: digest('f') }))).toEqual([
      'input model changed',
      'the weights to rewind to changed',
    ])
    const between = interpolate('l', 'p', 'n')
    expect(explain(manifest(between), manifest(between, { ...inputs, to: digest('f') }))).toEqual([
      'the weights to interpolate with changed',
    ])
  })

  test('changed content of the data', () => {
    expect(explain(manifest(t()), manifest(t(), inputs, digest('e')))).toEqual(['the content of data set digits changed'])
  })

  test('a raised revision', () => {
    const now = manifest(prune('p', 't'))
    expect(explain({ ...(now as object), revision: 0 }, now)).toEqual(['what prune computes changed (revision 0 → 2)'])
  })

  test('a revision that only some options have', () => {
    const now = manifest(t({ optimizer: adam, epochs: 8 }))
    const earlier = { ...(manifest(t({ optimizer: adam })) as object), revision: 2 }
    expect(explain(earlier, now)).toEqual(['what train computes changed (revision 2 → 3)', 'epochs 4 → 8'])
  })

  test('nothing, when nothing changed', () => {
    expect(explain(manifest(t()), manifest(t()))).toEqual([])
  })

  test.each(variants.map((stage, i) => [`${stage.kind} ${i}`, stage] as const))('any change of any option of %s is told', (_, stage) => {
    for (const changed of oneOptionChanged(stage)) {
      expect(explain(manifest(stage), manifest(changed)), JSON.stringify(changed.options)).not.toEqual([])
    }
  })

  test('parts no one has words for are told by their names', () => {
    expect(explain({ kind: 'x', options: { someNewThing: 1 } }, { kind: 'x', options: { someNewThing: 2 } })).toEqual([
      'some new thing 1 → 2',
    ])
    expect(explain({ kind: 'x', other: 1 }, { kind: 'x', other: 2 })).toEqual(['other 1 → 2'])
  })
})

test('of several earlier manifests the nearest is compared with, the newest of equals', () => {
  const earlier = [manifest(t(sgd(constant(0.05)))), manifest(t({ epochs: 9, seed: 9 })), manifest(t(sgd(constant(0.2))))]
  const nearest = nearestOf(earlier, manifest(t()))
  expect(nearest?.manifest).toBe(earlier[0])
  expect(nearest?.differences.map(({ says }) => says)).toEqual(['learning rate 0.05 → 0.1'])
  expect(nearestOf([], manifest(t()))).toBeUndefined()
})
