import { beforeAll, describe, expect, test } from 'vitest'
import type { AugmentationSpec } from '../../../dsl/parts/augment.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { Augmentations } from '../../../stdlib/augment/augmentations.ts'
import type { Engine } from '../../../stdlib/engine.ts'
import { cutout, digits, flip, lenet300, padCrop, sgd, task } from '../../../stdlib/index.ts'

/** Black is −2 in the first channel and −4 in the second. */
const normalisation = { mean: [0.5, 0.4], std: [0.25, 0.1] }
const black = [-2, -4]

describe.each(['tensorflow', 'portable'] as const)('on the %s engine', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await openEngine({ engine: kind, threads: 1 })
  })

  /** What one compiled step makes of images with these numbers drawn. */
  async function applied(
    spec: AugmentationSpec,
    shape: readonly [number, number, number, number],
    values: readonly number[],
    drawn: readonly (readonly number[])[],
  ) {
    const { tf } = engine
    const augmentations = new Augmentations([spec], shape.slice(1), normalisation)
    const inputs = [{ name: 'images', shape: [...shape], dtype: 'float32' as const }, ...augmentations.inputs(shape[0])]
    const step = engine.compile('augment', inputs, (images, numbers) => [augmentations.apply(tf, images!, numbers)])
    const [result] = await step.run([
      tf.tensor([...values], [...shape]),
      tf.tensor2d(
        drawn.map((row) => [...row]),
        undefined,
        'int32',
      ),
    ])
    expect(result!.shape).toEqual(shape)
    return [...(await engine.read(result!))]
  }

  test('flip() mirrors those images whose number is one', async () => {
    // Two images of 1 × 3 with two channels.
    const values = [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60]
    expect(await applied(flip().spec, [2, 1, 3, 2], values, [[1, 0]])).toEqual([3, 30, 2, 20, 1, 10, 4, 40, 5, 50, 6, 60])
  })

  test('padCrop() cuts out of a black border', async () => {
    // 2 × 2, border of 1: (1, 1) leaves the image, (0, 2) shows what is one up and one to the right.
    const values = [1, 10, 2, 20, 3, 30, 4, 40]
    const all = [...values, ...values]
    const moved = [...black, ...black, 2, 20, ...black]
    const result = await applied(padCrop(1).spec, [2, 2, 2, 2], all, [
      [1, 0],
      [1, 2],
    ])
    expect(result.slice(0, 8)).toEqual(values)
    result.slice(8).forEach((value, i) => {
      expect(value).toBeCloseTo(moved[i]!, 5)
    })
  })

  test('cutout() sets a square to the mean, as far as it lies within', async () => {
    // One channel is enough to see it; 4 × 4, a square of 2 around (0, 3) and around (2, 2).
    const ones = new Array<number>(2 * 16 * 2).fill(1)
    const result = await applied(cutout(2).spec, [2, 4, 4, 2], ones, [
      [0, 2],
      [3, 2],
    ])
    const first = result.filter((_, i) => i % 2 === 0)
    expect(first.slice(0, 16)).toEqual([1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    expect(first.slice(16)).toEqual([1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1])
    expect(result.filter((_, i) => i % 2 === 1)).toEqual(first)
  })
})

describe('what is drawn', () => {
  const augmentations = new Augmentations([flip().spec, padCrop(4).spec, cutout(8).spec], [32, 24, 3], { mean: [0, 0, 0], std: [1, 1, 1] })
  const of = (seed: number, epoch: number, indices: readonly number[], which: number) => {
    const drawn = augmentations.drawn(seed, epoch, Int32Array.from(indices))
    return Array.from({ length: augmentations.numbers }, (_, k) => drawn[k * indices.length + which]!)
  }

  test('for an example follows from seed, epoch and example, whatever else is in the batch', () => {
    const alone = of(3, 2, [17], 0)
    expect(of(3, 2, [4, 17, 9], 1)).toEqual(alone)
    expect(of(3, 2, [17, 4], 0)).toEqual(alone)
    expect(of(3, 1, [17], 0)).not.toEqual(alone)
    expect(of(4, 2, [17], 0)).not.toEqual(alone)
    expect(of(3, 2, [18], 0)).not.toEqual(alone)
  })

  test('of one augmentation does not depend on those after it', () => {
    const fewer = new Augmentations([flip().spec, padCrop(4).spec], [32, 24, 3], { mean: [0, 0, 0], std: [1, 1, 1] })
    expect([...fewer.drawn(3, 2, Int32Array.of(17))]).toEqual(of(3, 2, [17], 0).slice(0, 3))
  })

  test('takes every value there is, evenly', () => {
    const count = 9000
    const drawn = augmentations.drawn(
      0,
      0,
      Int32Array.from({ length: count }, (_, i) => i),
    )
    const values = [2, 9, 9, 32, 24]
    values.forEach((different, k) => {
      const counts = new Array<number>(different).fill(0)
      for (const number of drawn.subarray(k * count, (k + 1) * count)) counts[number]!++
      const expected = count / different
      for (const found of counts) expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected))
    })
  })
})

describe('in a task', () => {
  const setting = { model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 2 }

  test.each([
    [[flip], 'plain data only'],
    [flip(), 'a list of augmentations'],
    [[padCrop], 'plain data only'],
    [['flip'], 'does not know this augmentation'],
  ])('of the wrong kind (%#) is refused', (augment, says) => {
    expect(() => task({ ...setting, augment: augment as never })).toThrow(says)
  })

  test.each([
    [() => padCrop(0), 'padCrop()'],
    [() => cutout(1.5), 'cutout()'],
  ])('%s is refused at the call', (make, says) => {
    expect(make).toThrow(says)
  })
})
