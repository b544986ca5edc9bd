import { describe, expect, test } from 'vitest'
import { compile } from '../../../dsl/language/compile.ts'
import { instability, linearModeConnectivity } from '../../../stdlib/methods/linear-mode-connectivity.ts'
import { imp } from '../../../stdlib/methods/lottery-ticket.ts'
import { between } from '../../../stdlib/models/structure/interpolation.ts'
import { tiny } from '../networks.ts'
import { small } from './chain.ts'

describe('instability', () => {
  const line = (errors: readonly number[]) => errors.map((error, i) => ({ at: i / (errors.length - 1), error }))

  test('is the highest error on the line above the mean of its ends', () => {
    expect(instability(line([0.1, 0.3, 0.7, 0.2, 0.2]))).toBeCloseTo(0.7 - 0.15, 12)
  })

  test('of a flat line is zero, and of a dip half the difference of the ends', () => {
    expect(instability(line([0.1, 0.1, 0.1]))).toBe(0)
    expect(instability(line([0.1, 0.05, 0.2]))).toBeCloseTo(0.05, 12)
  })

  test('without an end it is no number', () => {
    expect(instability([{ at: 0.5, error: 0.1 }])).toBeNaN()
  })
})

describe('two copies', () => {
  test('start from one place, differ in the order of their data alone, and are measured along the line', () => {
    const { stages, targets } = compile({ default: small.init().pipe(linearModeConnectivity({ points: 5 })) })
    const trained = stages.filter(({ kind }) => kind === 'train')
    expect(trained.map(({ options }) => (options as { seed: number }).seed)).toEqual([1, 2])
    expect(new Set(trained.map(({ inputs }) => inputs.model?.stage)).size).toBe(1)
    expect({ ...trained[0]!.options, seed: 2 }).toEqual(trained[1]!.options)
    expect(targets[0]!.arms.map(({ labels }) => labels.at(-1))).toEqual(
      ['0', '0.25', '0.5', '0.75', '1'].map((value) => ({ axis: 'at', value })),
    )
    expect(stages.filter(({ kind }) => kind === 'interpolate')).toHaveLength(5)
  })

  test('of a ticket share its mask, rewound into the training', () => {
    const study = small
      .train()
      .pipe(imp({ rounds: 2, rewindTo: { epoch: 3 } }))
      .rewind({ epoch: 3 })
      .pipe(linearModeConnectivity({ points: 2 }))
    const { stages } = compile({ default: study })
    expect(stages.filter(({ kind }) => kind === 'train').map(({ options }) => (options as { from: number }).from)).toEqual([0, 3, 3, 3, 3])
  })

  test('must be trained, and of one architecture', () => {
    const untrained = small.init() as never as ReturnType<typeof small.train>
    expect(() => small.train().interpolate(untrained, 0.5)).toThrow('interpolate() needs two TRAINED networks')
    expect(() => small.train().interpolate(small.train({ seed: 1 }), 1.5)).toThrow('out of range')
    expect(() => linearModeConnectivity({ points: 1 })(small.init())).toThrow('out of range')
  })
})

describe('a point on the line, by hand', () => {
  const a = tiny({ fc1: [0, 1, 2, 3, 4, 5], out: [1, 1, 1, 1, 1, 1] }, { fc1: [0, 1, 1, 1, 1, 1] })
  const b = tiny({ fc1: [0, 3, 6, 9, 12, 15], out: [-1, -1, 1, 1, 3, 3] }, { fc1: [0, 1, 1, 1, 1, 1] })

  test('a quarter of the way', () => {
    const { weights, masks } = between(a, b, 0.25)
    expect([...weights.get('fc1/kernel')!]).toEqual([0, 1.5, 3, 4.5, 6, 7.5])
    expect([...weights.get('out/kernel')!]).toEqual([0.5, 0.5, 1, 1, 1.5, 1.5])
    expect(masks).toEqual(a.masks)
  })

  test('its ends are the two networks, bit for bit', () => {
    expect(between(a, b, 0).weights).toEqual(a.weights)
    expect(between(a, b, 1).weights).toEqual(b.weights)
  })

  test('networks with other masks have no line between them', () => {
    expect(() => between(a, { ...b, masks: new Map() }, 0.5)).toThrow('do not have the same masks')
    const other = { ...b, weights: new Map([...b.weights].map(([name, values]) => [name, values.slice(1)])) }
    expect(() => between(a, other, 0.5)).toThrow('do not have the same parameters')
  })
})
