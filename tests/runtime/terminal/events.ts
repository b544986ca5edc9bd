import type { ArmResult, RunEvent } from '../../../runtime/run-event.ts'

type Event<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>

export const start = (stages: number): RunEvent => ({ event: 'start', file: 'a.pipeline.ts', stages, slots: 2, threads: 1 })

export const began = (path: string, resumedAt?: number): RunEvent => ({
  event: 'stage-start',
  path,
  kind: 'train',
  key: 'k',
  steps: 1000,
  ...(resumedAt === undefined ? {} : { resumedAt }),
})

export const progress = (path: string, step: number, more: Partial<Event<'progress'>> = {}): RunEvent => ({
  event: 'progress',
  path,
  step,
  steps: 1000,
  epoch: Math.floor(step / 100) + 1,
  epochs: 10,
  loss: 0.125,
  accuracy: 0.9612,
  stepsPerSecond: 50,
  ...more,
})

export const ended = (path: string, metrics: { readonly [name: string]: number } = {}): RunEvent => ({
  event: 'stage-done',
  path,
  kind: 'train',
  key: 'k',
  artifact: `sha256:${'ab'.repeat(32)}`,
  metrics,
  seconds: 12,
})

export const hit = (path: string): RunEvent => ({ event: 'hit', path, kind: 'train', key: 'k', artifact: null })

export const failed = (path: string): RunEvent => ({
  event: 'stage-failed',
  path,
  kind: 'train',
  problem: { title: 'The loss is not finite.', facts: [['step', '12']], hint: 'Lower the learning rate.' },
})

export const done = (more: Partial<Event<'done'>> = {}): RunEvent => ({
  event: 'done',
  ok: true,
  interrupted: false,
  seconds: 75,
  stages: { total: 2, hit: 0, run: 2, resumed: 0, failed: 0, skipped: 0 },
  results: [],
  ...more,
})

/** The result of an arm; `seed` undefined where the study has none. */
export const result = (arm: string, seed: number | undefined, metrics: ArmResult['metrics']): ArmResult => ({
  path: seed === undefined ? arm : `seed=${seed}/${arm}`,
  labels: [...(seed === undefined ? [] : [{ axis: 'seed', value: String(seed) }]), { axis: 'arm', value: arm }],
  artifact: `sha256:${arm.length}${seed ?? 0}${'cd'.repeat(31)}`,
  metrics,
})
