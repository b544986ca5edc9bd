import { describe, expect, test } from 'vitest'
import { FakeTrainer, fakeStage, options, weightAfter } from './fake-training.ts'

/** By epoch, as its end is measured. */
const measuring = (trainer: FakeTrainer, accuracies: readonly number[], losses: readonly number[] = accuracies) => ({
  measure: async () => {
    const epoch = trainer.taken.at(-1)!.epoch!
    return { accuracy: accuracies[epoch]!, crossEntropy: losses[epoch]! }
  },
})

type Stage = Awaited<ReturnType<typeof fakeStage>>
const chosen = async (
  { run, weightOf }: Stage,
  select: 'validation/accuracy' | 'validation/loss',
  accuracies: readonly number[],
  losses?: readonly number[],
) => {
  const trainer = new FakeTrainer()
  const { outcome } = await run({ trainer, options: { select }, parts: { validation: measuring(trainer, accuracies, losses) } })
  if (!('artifact' in outcome)) throw new Error('was stopped')
  return { outcome, weight: await weightOf(outcome.artifact) }
}

describe('the best epoch by validation', () => {
  test('is the result, the first of equal ones, with the metrics of its end', async () => {
    const { outcome, weight } = await chosen(await fakeStage(), 'validation/accuracy', [0.5, 0.9, 0.9])
    expect(weight).toBe(await weightAfter({ epoch: 2 }))
    expect(outcome.metrics).toMatchObject({ 'selected/step': 16, 'validation/accuracy': 0.9 })
    expect(outcome.snapshots).toEqual({})
  })

  test('by the loss is that of the lowest', async () => {
    const { weight } = await chosen(await fakeStage(), 'validation/loss', [0.5, 0.6, 0.7], [0.3, 0.4, 0.2])
    expect(weight).toBe(await weightAfter({ epoch: 3 }))
    expect((await chosen(await fakeStage(), 'validation/loss', [0.5, 0.6, 0.7], [0.3, 0.4, 0.3])).weight).toBe(
      await weightAfter({ epoch: 1 }),
    )
  })

  test('is kept over an interruption: the same network, bit for bit, without its steps taken again', async () => {
    const stage = await fakeStage()
    const select = 'validation/accuracy' as const
    const [accuracies, stopped] = [[0.9, 0.5, 0.6], new FakeTrainer()]
    const first = await stage.run({
      trainer: stopped,
      options: { select },
      stopAt: 11,
      parts: { validation: measuring(stopped, accuracies) },
    })
    expect(first.outcome).toEqual({ stoppedAt: 11, steps: 24 })
    const again = new FakeTrainer()
    const { outcome } = await stage.run({
      trainer: again,
      options: { select },
      job: { resume: true },
      parts: { validation: measuring(again, accuracies) },
    })
    expect(again.taken).toHaveLength(13)
    const whole = await chosen(await fakeStage(), select, accuracies)
    expect(outcome).toMatchObject({ artifact: whole.outcome.artifact, metrics: whole.outcome.metrics })
    expect(whole.weight).toBe(await weightAfter({ epoch: 1 }))
  })

  test('without it the last epoch counts, and nothing of it is measured', async () => {
    const trainer = new FakeTrainer()
    const { outcome } = await (await fakeStage()).run({ trainer, options, parts: { validation: measuring(trainer, [0.9, 0.5, 0.6]) } })
    expect(outcome).toMatchObject({ metrics: { 'validation/accuracy': 0.6 } })
    expect(Object.keys('metrics' in outcome ? outcome.metrics : {})).not.toContain('selected/step')
  })
})
