/** What each verb compiles to. */
import { describe, expect, test } from 'vitest'
import type { Stage } from '../../dsl/graph/stage.ts'
import {
  adamw,
  compare,
  cubic,
  filterL1,
  filterL2,
  fitnet,
  gradient,
  latentBE,
  linear,
  magnitude,
  movement,
  oneCycle,
  oneShot,
  type Runnable,
  random,
  sgd,
  simkd,
  slimming,
  task,
  throughout,
} from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { ensemble } from '../../dsl/language/study.ts'
import { conv, dots, members, tiny } from './tiny.ts'

const optimizer = sgd({ lr: 0.1 })
const { init, train } = task({ model: tiny(), data: dots(), optimizer, epochs: 20, seed: 5 })
const big = task({ model: conv(), data: dots(), optimizer, epochs: 8 })
const many = task({ model: members(3), data: dots(), optimizer, epochs: 8 })

const stageOf = (pipeline: Runnable, verb: string): Stage => {
  const found = compile({ default: pipeline }).stages.findLast((stage) => stage.verb === verb)
  if (found === undefined) throw new Error(`no stage of ${verb}`)
  return found
}
const to = ({ inputs }: Stage): unknown => (inputs as { readonly to?: unknown }).to
const kinds = (pipeline: Runnable) => compile({ default: pipeline }).stages.map(({ kind }) => kind)

describe('criteria', () => {
  const base = { of: 'remaining', exclude: [], outputLayer: 'same', sparsity: 0.5, scope: 'global' }
  test.each([
    ['magnitude', init().prune(magnitude(0.5)), { ...base, criterion: { kind: 'magnitude' } }],
    ['random, from the pipeline seed', init().prune(random(0.5)), { ...base, criterion: { kind: 'random', seed: 5 } }],
    ['random, from its own', init({ seed: 1 }).prune(random(0.5, { seed: 2 })), { ...base, criterion: { kind: 'random', seed: 2 } }],
    [
      'gradient, on a batch of the task',
      init().prune(gradient(0.5)),
      { ...base, criterion: { kind: 'gradient', data: dots().spec, batch: 64, batches: 1, seed: 5 } },
    ],
    [
      'gradient, as told',
      init().prune(gradient(0.5, { batch: 8, batches: 4, seed: 0, outputLayer: 'keep' })),
      { ...base, outputLayer: 'keep', criterion: { kind: 'gradient', data: dots().spec, batch: 8, batches: 4, seed: 0 } },
    ],
    [
      'whole filters, by layer, without the output layer',
      big.init().prune(filterL1(0.5, { firstLayer: 'keep', minimum: 2 })),
      { ...base, scope: 'layer', outputLayer: 'keep', firstLayer: 'keep', minimum: 2, criterion: { kind: 'filterL1' } },
    ],
    [
      'multiples of channels, over the network and by layer',
      big.init().prune(filterL1({ conv1: 0.25 }, { multipleOf: 8 })),
      { ...base, scope: 'layer', sparsity: { conv1: 0.25 }, outputLayer: 'keep', multipleOf: 8, criterion: { kind: 'filterL1' } },
    ],
    ['batch norm, over the network', big.init().prune(slimming(0.5)), { ...base, outputLayer: 'keep', criterion: { kind: 'slimming' } }],
    [
      'filters of named layers',
      big.init().prune(filterL2({ conv1: 0.25 }, { of: 'all' })),
      { ...base, scope: 'layer', of: 'all', sparsity: { conv1: 0.25 }, outputLayer: 'keep', criterion: { kind: 'filterL2' } },
    ],
  ])('%s', (_, pipeline, options) => {
    expect(stageOf(pipeline, 'prune')).toMatchObject({ kind: 'prune', options })
    expect(stageOf(pipeline, 'prune').options).toEqual(options)
  })
})

describe('pruning during training', () => {
  test('is a training that prunes, of all weights', () => {
    const pipeline = train().prune(0.9, { schedule: cubic({ begin: 0.1, end: 0.5 }), epochs: 6, every: 10 })
    expect(stageOf(pipeline, 'prune')).toMatchObject({
      kind: 'train',
      options: {
        epochs: 6,
        from: 0,
        seed: 5,
        pruning: {
          options: { criterion: { kind: 'magnitude' }, sparsity: 0.9, of: 'all' },
          schedule: { kind: 'cubic', from: 0, begin: 0.1, end: 0.5 },
          every: 10,
          mode: 'freeze',
        },
      },
    })
  })

  test('all at once is the same, said or not', () => {
    expect(stageOf(train().prune(0.9, { schedule: oneShot() }), 'prune').options).toEqual(stageOf(train().prune(0.9), 'prune').options)
  })

  test('by movement, in a line; softly, whole filters', () => {
    const moved = stageOf(init().prune(movement(0.5), { schedule: linear({ from: 0.2, end: 1 }) }), 'prune')
    expect(moved.options).toMatchObject({ pruning: { schedule: { kind: 'linear', from: 0.2, begin: 0, end: 1 }, every: 100 } })
    const soft = stageOf(big.init().prune(filterL2(0.3), { schedule: throughout(), mode: 'soft', lr: 0.5 }), 'prune')
    expect(soft.options).toMatchObject({
      optimizer: { lr: { lr: 0.5 } },
      pruning: { schedule: { kind: 'constant', from: 0, begin: 0, end: 0 }, mode: 'soft', options: { criterion: { kind: 'filterL2' } } },
    })
    // Filters that grow back by their gradient are away with their kernels alone, unless told otherwise; single weights, and frozen ones, are as they were.
    const channelsOf = (pipeline: object, verb: 'prune' | 'dpf') =>
      (stageOf(pipeline as never, verb).options as { pruning: { channels?: string } }).pruning.channels
    const softly = { schedule: throughout(), mode: 'soft' } as const
    expect(channelsOf(big.init().prune(filterL2(0.3), softly), 'prune')).toBe('kernels')
    expect(channelsOf(big.init().dpf(filterL2(0.3)), 'dpf')).toBe('kernels')
    expect(channelsOf(big.init().prune(filterL2(0.3), { ...softly, channels: 'silent' }), 'prune')).toBeUndefined()
    expect(channelsOf(big.init().prune(filterL2(0.3), { schedule: throughout() }), 'prune')).toBeUndefined()
    expect(channelsOf(init().prune(0.3, softly), 'prune')).toBeUndefined()
  })

  test('with feedback: every 16 steps, to three quarters', () => {
    expect(stageOf(init().dpf(0.9), 'dpf')).toMatchObject({
      kind: 'train',
      options: { pruning: { mode: 'feedback', every: 16, schedule: { kind: 'cubic', from: 0, begin: 0, end: 0.75 } } },
    })
  })

  test('leaves trained weights and a mask', () => {
    expect(kinds(init().dpf(0.9).finetune().dense().finetune())).toEqual(['init', 'train', 'train', 'dense', 'train', 'evaluate'])
    const pruned = init().prune(0.9, { schedule: cubic() }).rewind().train()
    expect(kinds(pruned)).toEqual(['init', 'train', 'rewind', 'train', 'evaluate'])
  })
})

describe('rewinding into the first training', () => {
  test('to an epoch; the next training starts there, in every round', () => {
    const { stages } = compile({ default: train().repeat(2, (p) => p.prune(0.2).rewind({ epoch: 3 }).train()) })
    const [first] = stages.filter(({ kind }) => kind === 'train')
    const rewinds = stages.filter(({ kind }) => kind === 'rewind')
    expect(rewinds.map(to)).toEqual([
      { stage: first?.id, epoch: 3 },
      { stage: first?.id, epoch: 3 },
    ])
    expect(stages.filter(({ kind }) => kind === 'train').map(({ options }) => (options as { from: number }).from)).toEqual([0, 3, 3])
  })

  test('to its last epoch is to its end', () => {
    const { stages } = compile({ default: train().prune(0.5).finetune().rewind({ epoch: 20 }) })
    expect(stages.filter(({ kind }) => kind === 'rewind').map(to)[0]).toEqual({ stage: stages[1]?.id })
  })

  test('to a step, by place or by name', () => {
    const place = compile({ default: train().prune(0.5).rewind({ step: 500 }).train() }).stages
    const name = compile({
      default: train({ keep: { early: { step: 500 } } })
        .prune(0.5)
        .rewind('early')
        .train(),
    }).stages
    const plain = (stages: readonly Stage[]) => stages.map(({ at: _, ...stage }) => stage)
    expect(plain(name)).toEqual(plain(place))
    expect(place.filter(({ kind }) => kind === 'rewind').map(to)[0]).toEqual({ stage: 's1', step: 500 })
    expect(place.findLast(({ kind }) => kind === 'train')?.options).toMatchObject({ from: 0, fromStep: 500 })
  })

  test('after a shrink a new count begins', () => {
    const slim = big.train().prune(filterL1(0.5)).shrink()
    expect(kinds(slim.finetune())).toEqual(['init', 'train', 'prune', 'shrink', 'train', 'evaluate'])
    expect(kinds(slim.finetune().snapshot('a').prune(0.5).finetune().rewind('a').train())).toContain('rewind')
  })
})

describe('teachers', () => {
  test('of an ensemble play roles of their own, under numbered paths', () => {
    const { stages } = compile({ default: init().distill(ensemble(3, (seed) => big.train({ seed }))) })
    const distill = stages.find(({ kind }) => kind === 'distill')
    expect(Object.keys(distill?.inputs ?? {})).toEqual(['model', 'teacher', 'teacher2', 'teacher3'])
    expect(stages.map(({ path }) => path)).toContain('teacher/member=2/train')
  })

  test('that are the same network are refused', () => {
    expect(() => compile({ default: init().distill(ensemble(2, () => big.train())) })).toThrow(
      'Two members of the ensemble are the same network.',
    )
  })

  test.each([
    [
      'fitnet',
      big.init().distill(big.train(), fitnet({ student: 'conv1', teacher: 'out' })),
      { kind: 'fitnet', student: 'conv1', teacher: 'out', beta: 100 },
    ],
    ['simkd', big.init().distill(big.train({ seed: 1 }), simkd()), { kind: 'simkd', factor: 2 }],
    [
      'latentBE',
      many.init().distill(
        ensemble(3, (seed) => big.train({ seed })),
        latentBE(),
      ),
      { kind: 'latentBE', temperature: 4, alpha: 1, perturbation: { kind: 'tdivSdiv', step: 1 / 255 } },
    ],
    [
      'latentBE, plainly',
      many.init().distill(
        ensemble(3, (seed) => big.train({ seed })),
        latentBE({ perturbation: 'none', alpha: 0.9 }),
      ),
      { kind: 'latentBE', temperature: 4, alpha: 0.9, perturbation: { kind: 'none', step: 0 } },
    ],
  ])('%s', (_, pipeline, method) => {
    expect(stageOf(pipeline, 'distill').options).toMatchObject({ method })
  })
})

test('an ensemble is measured as one', () => {
  const { stages, targets } = compile({ default: ensemble(2, (seed) => train({ seed })) })
  expect(stages.at(-1)).toMatchObject({ kind: 'evaluate', inputs: { model: { stage: 's1' }, model2: { stage: 's3' } } })
  expect(targets[0]?.arms).toHaveLength(1)
})

test('an export is a stage beside the measurement; two networks have two files', () => {
  const written = (path: string) => train().export({ format: 'safetensors', path })
  expect(kinds(written('a/ticket.safetensors'))).toEqual(['init', 'train', 'export', 'evaluate'])
  const both = { one: written('x.safetensors'), two: train({ seed: 9 }).export({ format: 'safetensors', path: 'x.safetensors' }) }
  expect(() => compile(both)).toThrow('Two networks would be written to the same file.')
  expect(() => compile({ one: written('x.safetensors'), two: written('x.safetensors') })).not.toThrow()
})

test('masks can be shuffled, with the weights kept or not', () => {
  const pruned = train().prune(0.5)
  expect(stageOf(pruned.reinit({ shuffleMask: true, seed: 3 }).train(), 'reinit').options).toEqual({ seed: 3, shuffleMask: true })
  const kept = pruned.reinit({ shuffleMask: true, weights: 'keep' }).rewind().train()
  expect(stageOf(kept, 'reinit').options).toEqual({ seed: 1_000_005, shuffleMask: true, weights: 'keep' })
})

test('members are merged, or one is kept: nothing is said of what is merged as ever', () => {
  expect(stageOf(many.train().mergeMembers(), 'mergeMembers').options).toEqual({})
  expect(stageOf(many.train().mergeMembers({ member: 2 }), 'mergeMembers').options).toEqual({ member: 2 })
})

test('masks change every so many steps, or epochs, which stand in the options as they were given', () => {
  for (const every of [30, { epochs: 2 }]) {
    expect(stageOf(init().prune(0.5, { schedule: cubic(), every }), 'prune').options).toMatchObject({ pruning: { every } })
    expect(stageOf(init().dpf(0.5, { every }), 'dpf').options).toMatchObject({ pruning: { every } })
  }
})

test('other first weights are drawn as often as asked, each from a seed of its own, and the first as without asking', () => {
  const pruned = train().prune(0.5)
  const all = [pruned.reinit(), ...[0, 1, 2].map((draw) => pruned.reinit({ draw }))]
  expect(all.map((drawn) => stageOf(drawn.train(), 'reinit').options)).toEqual(
    [1_000_005, 1_000_005, 2_000_005, 3_000_005].map((seed) => ({ seed })),
  )
})

test('signs come from a snapshot: an input, and none where none is asked for', () => {
  const early = train({ keep: { early: 2 } }).prune(0.5)
  const { stages } = compile({ default: compare({ none: early.reinit().train(), init: early.reinit({ signs: 'init' }).train() }) })
  const [none, init] = stages.filter(({ kind }) => kind === 'reinit')
  expect(none!.inputs).toEqual({ model: init!.inputs.model })
  expect(init!.inputs).toMatchObject({ signs: { stage: stages.find(({ kind }) => kind === 'init')!.id } })
  expect(init!.options).toEqual(none!.options)
  const late = compile({ default: early.reinit({ signs: 'early' }).train() }).stages
  expect(late.find(({ kind }) => kind === 'reinit')!.inputs).toMatchObject({ signs: { epoch: 2 } })
})

test('what is off is in no key; what is on can be turned off', () => {
  const plain = stageOf(train(), 'train').options
  expect(stageOf(train({ labelSmoothing: 0, clipNorm: Infinity, ema: 0, gammaL1: 0 }), 'train').options).toEqual(plain)
  const extras = { labelSmoothing: 0.1, clipNorm: 1, ema: 0.99, gammaL1: 1e-4 }
  const on = task({ model: conv(), data: dots(), optimizer, epochs: 8, ...extras })
  expect(stageOf(on.train(), 'train').options).toMatchObject(extras)
  const off = on.train({ labelSmoothing: 0, clipNorm: Infinity, ema: 0, gammaL1: 0 })
  expect(stageOf(off, 'train').options).toEqual(stageOf(big.train(), 'train').options)
})

test('a task says how its trainings are computed, and a verb says otherwise', () => {
  const plain = stageOf(big.train(), 'train').options
  const on = task({ model: conv(), data: dots(), optimizer, epochs: 8, precision: 'mixed', xla: true })
  expect(stageOf(on.train(), 'train').options).toEqual({ ...plain, precision: 'mixed', xla: true })
  expect(stageOf(on.train({ precision: 'float32' }), 'train').options).toEqual({ ...plain, xla: true })
  expect(stageOf(on.train({ xla: false }), 'train').options).toEqual({ ...plain, precision: 'mixed', xla: false })
})

test('AdamW, decay of kernels alone, lines and one cycle', () => {
  expect(adamw({ lr: oneCycle(0.01) }).spec).toEqual({
    kind: 'adamw',
    lr: { kind: 'oneCycle', lr: 0.01, rise: 0.3 },
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0.01,
  })
  expect(sgd({ lr: linear(0.1, { to: 0.01 }), weightDecay: { kernels: 5e-4 } }).spec).toMatchObject({
    lr: { kind: 'linear', lr: 0.1, to: 0.01 },
    weightDecay: 5e-4,
    decay: 'kernels',
  })
  expect(sgd({ lr: 0.1, weightDecay: { kernels: 0 } }).spec).toEqual(optimizer.spec)
})
