/** How a training is computed, from what the task says to what is recorded: with real workers. */
import { expect, test } from 'vitest'
import { numericsOf, numericsOfTraining } from '../../../runtime/engine/numerics.ts'
import { withoutBfloat16 } from '../../../runtime/engine/processor.ts'
import { lookup } from '../../../runtime/plan/lookup.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { adam, digits, lenet300, task } from '../../../stdlib/index.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { graphOf, runIn } from './running.ts'

type Computed = { readonly precision?: 'mixed'; readonly xla?: boolean }
const graph = (computed: Computed) =>
  graphOf(task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 1, ...computed }).train())
const training = (computed: Computed) => graph(computed).stages.find(({ kind }) => kind === 'train')!

test('mixed precision is another training with a key of its own; XLA is the same one', () => {
  const digest = `sha256:${'0'.repeat(64)}` as const
  const key = (computed: Computed) => keyOf(manifestOf(training(computed), { model: digest }, digest))
  const plain = key({})
  expect([key({ xla: true }), key({ xla: false })]).toEqual([plain, plain])
  expect(key({ precision: 'mixed' })).not.toBe(plain)
  expect(key({ precision: 'mixed', xla: true })).toBe(key({ precision: 'mixed' }))
})

test('what a training says of itself comes before what the run says', () => {
  const run = numericsOf({ engine: 'tensorflow', xla: true }, 2)
  expect(numericsOfTraining(run, {})).toEqual(run)
  expect(numericsOfTraining(run, { xla: false, precision: 'mixed' })).toEqual({ ...run, xla: false, precision: 'mixed' })
})

const numerics = numericsOf({ engine: 'tensorflow', xla: false }, 1)
/** What was computed; undefined for a hit. */
async function computed(store: Store, options: Computed) {
  const { end, events } = await runIn(store, graph(options))
  expect(end.ok).toBe(true)
  const done = events.find((event) => event.event === 'stage-done' && event.kind === 'train')
  if (done?.event !== 'stage-done') return undefined
  const found = await store.results.find(done.key)
  return { artifact: done.artifact, numerics: found.found === 'sound' ? found.result.numerics : undefined }
}

test('a worker computes so and records it', async () => {
  const store = await temporaryStore()
  const compiled = await computed(store, { xla: true })
  expect(compiled!.numerics).toEqual({ ...numerics, xla: true })
  // The same training without XLA is a hit now.
  expect(await computed(store, {})).toBeUndefined()
})

test.runIf(withoutBfloat16() === undefined)('a worker computes in mixed precision and records it', async () => {
  const store = await temporaryStore()
  const mixed = await computed(store, { precision: 'mixed' })
  expect(mixed!.numerics).toEqual({ ...numerics, precision: 'mixed' })
  expect((await computed(store, {}))!.artifact).not.toBe(mixed!.artifact)
})

test('a checkpoint is continued under its own XLA only, as the task has it', async () => {
  const store = await temporaryStore()
  const digest = `sha256:${'0'.repeat(64)}` as const
  const run = numericsOf({ engine: 'tensorflow', xla: false }, 1)
  const data = { digest, trainExamples: 640, classes: 10, input: [28, 28, 1] }
  const statusOf = async (computed: Computed) => {
    const asked = { stage: training(computed), inputs: { model: digest }, data, snapshots: [], numerics: run }
    const { status, ignored } = await lookup(store, asked)
    return { status, ignored }
  }
  const key = keyOf(manifestOf(training({}), { model: digest }, digest))
  await store.checkpoints.write(key, { step: 3, tensors: new Map(), counters: {}, numerics: { ...run, xla: true } })
  expect(await statusOf({ xla: true })).toEqual({ status: 'resume', ignored: [] })
  for (const computed of [{}, { xla: false }])
    expect(await statusOf(computed)).toEqual({
      status: 'run',
      ignored: ['the checkpoint at step 3 was made with other numerics (xla true instead of false)'],
    })
})
