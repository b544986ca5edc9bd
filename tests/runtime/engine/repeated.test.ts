import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../runtime/engine/open.ts'
import { openPortable } from '../../../runtime/engine/portable/engine.ts'

describe.each([
  ['the TensorFlow library', () => openEngine({ threads: 1 })],
  ['the portable engine', openPortable],
])('a step of %s', (_, open) => {
  test('runs several times in a call, each time from the variables that the time before left', async () => {
    const engine = await open()
    const { tf } = engine
    const variable = tf.variable(tf.tensor1d([1, 2]), false)
    const step = engine.compile(
      'double',
      [{ name: 'x', shape: [2], dtype: 'float32' }],
      (x) => {
        variable.assign(tf.add(tf.mul(variable, 2), x!))
        return [tf.sum(variable), variable]
      },
      { times: 3 },
    )
    const x = tf.tensor2d([10, 20, 0, 0, 1, 1], [3, 2])
    const [sums, values] = await step.run([x])
    // [12, 24], [24, 48], [49, 97]
    expect([...(await engine.read(sums!))]).toEqual([36, 72, 146])
    expect(values!.shape).toEqual([3, 2])
    expect([...(await engine.read(values!))]).toEqual([12, 24, 24, 48, 49, 97])
    expect([...(await engine.read(variable))]).toEqual([49, 97])
    const one = tf.tensor1d([1, 1])
    await expect(step.run([one])).rejects.toMatchObject({ kind: 'bad-step' })
    variable.dispose()
  })
})
