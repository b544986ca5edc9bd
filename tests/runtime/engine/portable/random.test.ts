import { beforeAll, describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import { drawRandom } from '../../../../runtime/engine/portable/random.ts'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { error } from './reference.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openPortable()
})

const seeded = <T>(seed: number, body: () => T): T =>
  engine.tf.tidy(() => engine.withRandom(engine.tf.scalar(seed, 'int32'), body) as never) as T

describe('random numbers', () => {
  // From TensorFlow 2.21: StatelessRandomUniform and StatelessRandomNormal with seed [seed, site].
  it.each([
    [1, 0, [0.8784881830215454, 0.4599802494049072, 0.6002912521362305, 0.39259767532348633, 0.2531932592391968]],
    [7, 3, [0.9818005561828613, 0.3957263231277466, 0.722382664680481, 0.7712572813034058, 0.6807050704956055]],
    [-5, 1, [0.935285210609436, 0.20213031768798828, 0.17748558521270752, 0.782448410987854, 0.14939582347869873]],
  ])('uniform are those of TensorFlow: seed %i, site %i', (seed, site, expected) => {
    expect([...drawRandom('uniform', seed, site, 5)]).toEqual(expected)
  })
  it.each([
    [1, 0, [0.12665030360221863, -0.4930165708065033, 0.6311907172203064, -0.7888465523719788, 0.5683088898658752]],
    [-5, 1, [0.34937554597854614, 0.10837090760469437, -1.8209847211837769, 0.3764922618865967, 0.7809960842132568]],
  ])('normal are those of TensorFlow up to rounding: seed %i, site %i', (seed, site, expected) => {
    expect(error(expected, drawRandom('normal', seed, site, 5))).toBeLessThan(1e-6)
  })

  it('depend on the seed and the order of the calls alone', () => {
    const draw = () => [engine.random('uniform', [3]), engine.random('uniform', [3])].map((t) => t.arraySync())
    const first = seeded(4, draw)
    expect(seeded(4, draw)).toEqual(first)
    expect(first[0]).not.toEqual(first[1])
    expect(seeded(5, draw)).not.toEqual(first)
  })

  it('are spread as they should be', () => {
    const uniform = drawRandom('uniform', 3, 0, 20_001)
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...uniform)).toBeLessThan(1)
    expect(Math.abs(uniform.reduce((a, b) => a + b) / uniform.length - 0.5)).toBeLessThan(0.01)
    const normal = drawRandom('normal', 3, 0, 20_000)
    expect(Math.abs(normal.reduce((a, b) => a + b * b, 0) / normal.length - 1)).toBeLessThan(0.03)
  })

  it('need withRandom and an int32 seed', () => {
    expect(() => engine.random('normal', [2])).toThrow(/outside withRandom/)
    expect(() => engine.withRandom(engine.tf.scalar(1), () => 0)).toThrow(/one int32/)
  })
})

describe('dropout', () => {
  const rate = 0.25
  const dropped = (seed: number, noiseShape?: number[]) =>
    seeded(seed, () => {
      const layer = engine.tf.layers.dropout(noiseShape ? { rate, noiseShape } : { rate })
      return (layer.apply(engine.tf.ones([40, 50]), { training: true }) as Tensor).dataSync()
    })

  it('keeps a share of 1 − rate, scaled by 1 / (1 − rate), and repeats with its seed', () => {
    const values = dropped(1)
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]))
    expect(Math.abs(values.filter((value) => value > 0).length / values.length - (1 - rate))).toBeLessThan(0.04)
    expect([...dropped(1)]).toEqual([...values])
    expect([...dropped(2)]).not.toEqual([...values])
  })

  it('drops whole rows when its noise has their shape', () => {
    const values = dropped(1, [40, 1])
    for (let row = 0; row < 40; row++) expect(new Set(values.slice(row * 50, row * 50 + 50)).size).toBe(1)
    expect(new Set(values).size).toBe(2)
  })

  it('does nothing outside training', () => {
    const layer = engine.tf.layers.dropout({ rate })
    const values = engine.tf.tidy(() => (layer.apply(engine.tf.ones([5]), {}) as Tensor).dataSync())
    expect([...values]).toEqual([1, 1, 1, 1, 1])
  })

  it('passes the gradient through what it kept', () => {
    const layer = engine.tf.layers.dropout({ rate })
    const { y, dx } = seeded(6, () => {
      const { value, grad } = engine.tf.valueAndGrad((x: Tensor) => layer.apply(x, { training: true }) as Tensor)(engine.tf.ones([30]))
      return { y: [...value.dataSync()], dx: [...grad.dataSync()] }
    })
    expect(dx).toEqual(y)
    expect(y).toContain(0)
  })
})
