import { beforeAll, expect, test } from 'vitest'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { selfAttention } from '../../../../stdlib/index.ts'
import { attentionLayer } from '../../../../stdlib/models/blocks/attention.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const attended = (
  options: { readonly size: number; readonly causal: boolean },
  [queries, keys, values]: readonly number[][][],
): number[][] => {
  const { tf } = engine
  return tf.tidy(() => {
    const inputs = [queries, keys, values].map((rows) => tf.tensor3d([rows!]))
    const [rows] = (attentionLayer(tf, { name: 'a', ...options }).apply(inputs) as Tensor).arraySync() as number[][][]
    return rows!
  })
}
const [three, two] = [Math.sqrt(Math.log(3)), Math.sqrt(Math.log(2))]

test('two heads of one number, by hand: each weighs its own values', () => {
  // Head 0 has 0 and √ln 3, head 1 √ln 2 and 0: products of logarithms make weights 1/2, 1/2 and 1/4, 3/4; 2/3, 1/3 and 1/2, 1/2.
  const x = [
    [0, two],
    [three, 0],
  ]
  const given = attended({ size: 1, causal: false }, [x, x, x])
  for (const [i, row] of [
    [three / 2, (2 / 3) * two],
    [(3 / 4) * three, two / 2],
  ].entries())
    for (const [j, value] of row.entries()) expect(given[i]![j]).toBeCloseTo(value, 6)
})

test('number r of head h lies at h + heads · r, and products are divided by the root of the size', () => {
  // Head 0 reads columns 0 and 2, head 1 columns 1 and 3. √2 takes the division away: q·k/√2 is 0 or ln 3.
  const queries = [
    [0, 0, 0, 0],
    [three * Math.SQRT2, 0, 0, 0],
  ]
  const keys = [
    [0, 5, 0, 5],
    [three, 5, 0, 5],
  ]
  const values = [
    [4, 1, 8, 10],
    [0, 3, 4, 30],
  ]
  const given = attended({ size: 2, causal: false }, [queries, keys, values])
  for (const [i, row] of [
    [2, 2, 6, 20],
    [1, 2, 5, 20],
  ].entries())
    for (const [j, value] of row.entries()) expect(given[i]![j]).toBeCloseTo(value, 5)
})

test('causal: the first place sees itself alone', () => {
  const x = [
    [0, two],
    [three, 0],
  ]
  const given = attended({ size: 1, causal: true }, [x, x, x])
  for (const [i, row] of [
    [0, two],
    [(3 / 4) * three, two / 2],
  ].entries())
    for (const [j, value] of row.entries()) expect(given[i]![j]).toBeCloseTo(value, 6)
})

test('a head is one channel of queries, keys and values together, and of what reads it', () => {
  const { tf } = engine
  const input = tf.input({ shape: [5, 6] })
  const model = tf.model({ inputs: input, outputs: selfAttention(tf, input, { name: 'a', heads: 2, size: 4 }) })
  const [heads] = channelGroups(model).filter(({ fixed }) => !fixed)
  expect(heads).toMatchObject({ size: 2, units: 4, producers: ['a_query', 'a_key', 'a_value'] })
  const place = { offset: 0, stride: 2, repeat: 4 }
  expect(heads!.sources.toSorted((a, b) => a.parameter.localeCompare(b.parameter))).toEqual(
    ['key', 'query', 'value'].flatMap((role) => [
      { parameter: `a_${role}/bias`, axis: 0, ...place },
      { parameter: `a_${role}/kernel`, axis: 1, ...place },
    ]),
  )
  expect(heads!.readers).toEqual([{ parameter: 'a_out/kernel', axis: 0, ...place }])
})

test('features that cannot be shared among the heads are refused by name', () => {
  const { tf } = engine
  const input = tf.input({ shape: [5, 6] })
  expect(() => selfAttention(tf, input, { name: 'a', heads: 4 })).toThrow('a: 6 features cannot be shared among 4 heads of 1.5 numbers')
})
