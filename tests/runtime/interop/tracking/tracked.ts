/** An arm of two trainings, a store that has them, and the events of a run that comes to them. */
import type { TrackedArm, TrackedStage } from '../../../../runtime/interop/tracking/tracker.ts'
import type { ArmResult, RunEvent, StageCounts } from '../../../../runtime/run-event.ts'
import type { Store } from '../../../../runtime/store/store.ts'
import { keep, type Made } from '../../store/stored.ts'

const stage = (name: string, path: string, kind: string, options: TrackedStage['options'] = {}): TrackedStage => ({
  ...{ name, path, kind, options },
  trains: kind === 'train',
})

export const arm: TrackedArm = {
  origin: 'ab'.repeat(32),
  path: 'seed=0/hybrid',
  labels: [
    { axis: 'seed', value: '0' },
    { axis: 'arm', value: 'hybrid' },
  ],
  stages: [
    stage('init', 'seed=0/dense/init', 'init'),
    stage('train', 'seed=0/dense/train', 'train', { epochs: 3, 'optimizer.kind': 'adam' }),
    stage('finetune#2', 'seed=0/hybrid/finetune#2', 'train', { epochs: 2 }),
    stage('evaluate', 'seed=0/hybrid/evaluate', 'evaluate', { splits: ['test'] }),
  ],
}
const [, training, finetuning, evaluation] = arm.stages as readonly [TrackedStage, TrackedStage, TrackedStage, TrackedStage]

export interface Kept {
  readonly train: Made
  readonly finetune: Made
  readonly evaluate: Made
}

/** Its results as they are in a store; the curves have a loss for each of so many steps. They ended at 1,700,000,000 s after 2 s. */
export async function kept(store: Store, { train = 4, finetune = 2 } = {}): Promise<Kept> {
  const made = {
    train: await keep(store, training.path, { seed: 1 }),
    finetune: await keep(store, finetuning.path, { seed: 2 }),
    evaluate: await keep(store, evaluation.path, { seed: 3, metrics: { 'test/accuracy': 0.75 } }),
  }
  await putCurve(store, made.train.key, train)
  await putCurve(store, made.finetune.key, finetune)
  return made
}

export const putCurve = (store: Store, key: string, steps: number): Promise<void> =>
  store.results.putMetrics(
    key,
    Array.from({ length: steps }, (_, i) => ({ series: 'train/loss', step: i + 1, value: 1 / (i + 1) })),
  )

export const hit = ({ path, key, artifact }: Made): RunEvent => ({ event: 'hit', path, kind: 'train', key, artifact })
export const started = ({ path, key }: Made): RunEvent => ({ event: 'stage-start', path, kind: 'train', key, steps: 4 })
export const progress = ({ path }: Made): RunEvent => ({ event: 'progress', path, step: 1, steps: 4, epoch: 1, epochs: 1 })
export const finished = ({ path, key, artifact }: Made): RunEvent => ({
  ...{ event: 'stage-done', path, kind: 'train', key, artifact },
  ...{ metrics: {}, seconds: 1 },
})

const counts: StageCounts = { total: 4, hit: 4, run: 0, resumed: 0, failed: 0, skipped: 0 }
const result: ArmResult = {
  path: arm.path,
  labels: arm.labels,
  artifact: null,
  metrics: { 'test/accuracy': 0.75, 'test/loss': Number.NaN, 'training/macs': 12 },
}
export const done = (results: readonly ArmResult[] = [result]): RunEvent => ({
  ...{ event: 'done', ok: results.length > 0, interrupted: results.length === 0 },
  ...{ seconds: 1, stages: counts, results },
})

export const cached = ({ train, finetune, evaluate }: Kept): readonly RunEvent[] => [hit(train), hit(finetune), hit(evaluate), done()]
