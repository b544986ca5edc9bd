import { expect, test } from 'vitest'
import { logitsOf, teacherLogits } from '../../../stdlib/distill/teacher-logits.ts'
import { digits, mobyDick } from '../../../stdlib/index.ts'
import type { Network } from '../../../stdlib/network.ts'
import type { StageServices } from '../../../stdlib/training/services.ts'

const teacher = { topology: { model: { name: 'lstm', options: {} }, classes: 64 }, weights: new Map() } as unknown as Network
const logitsWith = async (
  examples: { readonly count: number; readonly places: number },
  augment?: readonly [{ readonly kind: 'flip' }],
) => {
  let predictions = 0
  const services = {
    examples: async () => examples,
    network: async () => ({ load: () => {} }),
    evaluator: async () => ({ predict: async () => new Float32Array(++predictions) }),
  } as unknown as StageServices
  const { spec: data } = augment === undefined ? mobyDick({ length: 64, vocabulary: 64 }) : digits()
  const options = { data, seed: 0, batch: 64, ...(augment === undefined ? {} : { augment }) }
  const { logits, constants, identity } = await teacherLogits({ student: teacher, teachers: [teacher, teacher], options }, services)
  return { predictions, shapes: logits.constants.map(({ shape }) => shape), names: [...constants.keys()], identity }
}

test('are computed once for every token, as long as they fit', async () => {
  // Of two teachers 2¹⁴ · 64 · 64 logits of four bytes: 512 MiB.
  expect(await logitsWith({ count: 2 ** 14, places: 64 })).toEqual({
    predictions: 2,
    shapes: [
      [2 ** 14, 64 * 64],
      [2 ** 14, 64 * 64],
    ],
    names: [logitsOf(0), logitsOf(1)],
    identity: ['once', 2],
  })
})

test.each([
  ['they would fill the memory', { count: 2 ** 14 + 1, places: 64 }, undefined],
  ['images differ every time', { count: 10, places: 1 }, [{ kind: 'flip' }] as const],
])('are asked for at each step where %s', async (_, examples, augment) => {
  const { predictions, shapes, names, identity } = await logitsWith(examples, augment)
  expect([predictions, shapes, names]).toEqual([0, [], []])
  expect((identity as string[])[0]).toBe('each step')
})
