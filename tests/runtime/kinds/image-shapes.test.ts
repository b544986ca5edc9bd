import { expect, test } from 'vitest'
import { adam, digits, lenet300, task } from '../../../stdlib/index.ts'
import { graphOf, runIn } from '../execution/running.ts'
import { temporaryStore } from '../store/temporary-store.ts'

test('a network for images of another shape is refused with both shapes, before a step is made', async () => {
  const { input: _, ...model } = lenet300()
  const spec = { name: 'lenet300', options: { input: [8, 8, 1] } }
  const { train } = task({ model: { ...model, spec }, data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
  const { end, events } = await runIn(await temporaryStore(), graphOf(train()))
  expect(end.stages).toMatchObject({ failed: 1 })
  expect(events.find(({ event }) => event === 'stage-failed')).toMatchObject({
    path: 'train',
    problem: {
      title: 'The network is not made for images of this shape.',
      facts: expect.arrayContaining([
        ['network lenet300', '8 × 8 × 1'],
        ['data digits', '28 × 28 × 1'],
      ]),
    },
  })
})
