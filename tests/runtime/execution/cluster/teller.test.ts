import { expect, test } from 'vitest'
import { Teller } from '../../../../runtime/execution/cluster/teller.ts'
import { temporaryStore } from '../../store/temporary-store.ts'

async function told(steps: number): Promise<{ readonly atOnce: number; readonly last: unknown }> {
  const { logs } = await temporaryStore()
  let atOnce = 0
  const teller = new Teller(logs, 'ab'.repeat(32), async () => void atOnce++)
  teller.hear({ event: 'started', steps, resumedAt: undefined })
  return { last: await teller.last(), atOnce }
}

test('a worker tells at once that a training has begun, and of a stage without steps only that it has it', async () => {
  expect(await told(300)).toMatchObject({ atOnce: 1, last: { started: { steps: 300, resumedAt: null } } })
  expect(await told(0)).toMatchObject({ atOnce: 0, last: { started: null } })
})
