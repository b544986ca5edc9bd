import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import type { About } from '../../../dsl/check/form.ts'
import type { Graph, Stage, StageRef } from '../../../dsl/graph/stage.ts'
import { kinds, type TrainOptions } from '../../../dsl/graph/stage-options.ts'
import type { ScheduleSpec } from '../../../dsl/parts/schedule.ts'
import type { DataFacts } from '../../../runtime/data/facts.ts'
import { type DataFactsByKey, dataKey } from '../../../runtime/plan/plan.ts'

type Of<K extends Stage['kind']> = Extract<Stage, { kind: K }>
const base = (path: string) => ({ id: path, path, verb: path.split('/').at(-1)! })
const model = (input: string | StageRef) => ({ model: typeof input === 'string' ? { stage: input } : input })

const data = { name: 'digits', options: { split: 0 } }
export const trainOptions: TrainOptions = {
  data,
  optimizer: { kind: 'sgd', lr: { kind: 'constant', lr: 0.1 }, momentum: 0.9, nesterov: false, weightDecay: 0.0001 },
  batch: 10,
  epochs: 4,
  from: 0,
  seed: 0,
}

export const init = (path: string, seed = 0): Of<'init'> => ({
  ...base(path),
  kind: 'init',
  options: { model: { name: 'lenet300', options: { width: 300 } }, seed },
  inputs: {},
})
export const train = (path: string, input: string, options: Partial<TrainOptions> = {}): Of<'train'> => ({
  ...base(path),
  kind: 'train',
  options: { ...trainOptions, ...options },
  inputs: model(input),
})
export const prune = (path: string, input: string, options: Partial<Of<'prune'>['options']> = {}): Of<'prune'> => ({
  ...base(path),
  kind: 'prune',
  options: {
    criterion: { kind: 'magnitude' },
    scope: 'global',
    sparsity: 0.9,
    of: 'remaining',
    exclude: [],
    outputLayer: 'same',
    ...options,
  },
  inputs: model(input),
})
export const rewind = (path: string, input: string, to: StageRef): Of<'rewind'> => ({
  ...base(path),
  kind: 'rewind',
  options: {},
  inputs: { ...model(input), to },
})
const reinit = (path: string, input: string, seed = 1): Of<'reinit'> => ({
  ...base(path),
  kind: 'reinit',
  options: { seed },
  inputs: model(input),
})
export const interpolate = (path: string, input: string, to: string, at = 0.5): Of<'interpolate'> => ({
  ...base(path),
  kind: 'interpolate',
  options: { at },
  inputs: { ...model(input), to: { stage: to } },
})
export const distill = (path: string, input: string, teacher: string, options: Partial<Of<'distill'>['options']> = {}): Of<'distill'> => ({
  ...base(path),
  kind: 'distill',
  options: { ...trainOptions, method: { kind: 'kd', temperature: 4, alpha: 0.9 }, ...options },
  inputs: { ...model(input), teacher: { stage: teacher } },
})
export const evaluate = (
  path: string,
  input: string,
  splits: Of<'evaluate'>['options']['splits'] = ['validation', 'test'],
): Of<'evaluate'> => ({
  ...base(path),
  kind: 'evaluate',
  options: { data, splits },
  inputs: model(input),
})

export const graphOf = (...stages: Stage[]): Graph => ({ stages, targets: [] })

/** 105 examples in batches of 10: ten steps an epoch. */
export const facts: DataFacts = { digest: `sha256:${'d'.repeat(64)}`, trainExamples: 105, classes: 10, input: [28, 28, 1] }
export const dataFacts: DataFactsByKey = new Map([[dataKey(data), facts]])

/** One stage of every kind. */
export const eachKind: readonly Stage[] = [
  init('i'),
  train('t', 'i'),
  prune('p', 't'),
  rewind('r', 'p', { stage: 'i' }),
  reinit('n', 'p'),
  interpolate('l', 'p', 'n'),
  distill('d', 'p', 't'),
  evaluate('e', 'd'),
  {
    ...base('loaded'),
    kind: 'pretrained',
    options: { from: 'a.safetensors', content: 'f'.repeat(64), layout: 'pytorch', names: {}, fresh: [] },
    inputs: model('i'),
  },
  { ...base('recalibrated'), kind: 'recalibrate', options: { data, batch: 10, batches: 5, seed: 0 }, inputs: model('d') },
]

export const warmup = (epochs: number, schedule: ScheduleSpec): ScheduleSpec => ({ kind: 'warmup', epochs, schedule })

const schedules: readonly ScheduleSpec[] = [
  { kind: 'step', lr: 0.1, factor: 0.1, at: { epochs: [1, 2] } },
  { kind: 'step', lr: 0.1, factor: 0.1, at: { fractions: [0.5] } },
  { kind: 'cosine', lr: 0.1, to: 0 },
  warmup(1, { kind: 'cosine', lr: 0.1, to: 0 }),
]

/** Every kind, and every form its options can take. */
export const variants: readonly Stage[] = [
  ...eachKind,
  ...schedules.map((lr) => train('t', 'i', { optimizer: { kind: 'sgd', lr, momentum: 0.9, nesterov: false, weightDecay: 0 } })),
  train('t', 'i', { optimizer: { kind: 'adam', lr: { kind: 'constant', lr: 0.1 }, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }),
  prune('p', 't', { sparsity: { fc1: 0.9, fc2: 0.5 }, scope: 'layer', exclude: ['fc3'] }),
]

/** Every stage that differs from `stage` in exactly one leaf of its options that is in its key, and is as its kind declares it. */
export function oneOptionChanged(stage: Stage): Stage[] {
  const { misfit } = kinds[stage.kind].options
  const fields: { readonly [option: string]: About } = kinds[stage.kind].options.fields
  const noKey = Object.keys(fields).filter((name) => fields[name]?.inKey === false)
  const same = (options: Json) => noKey.every((name) => Object(options)[name] === Object(stage.options)[name])
  return changes(stage.options as Json).flatMap((candidates) => {
    // What is allowed in the place is in the sentence about the first candidate, which is a text that no option takes.
    const words = [...(misfit(candidates.of('no such word'), '')?.says ?? '').matchAll(/'(\w+)'|\b(true|false)\b/g)]
    const options = [...candidates.values, ...words.map(([, word]) => word ?? '')].map(candidates.of)
    const fitting = options.find((one) => misfit(one, '') === undefined && same(one) && canonical(one) !== canonical(stage.options as Json))
    return fitting === undefined ? [] : [{ ...stage, options: fitting } as Stage]
  })
}

interface Change {
  readonly values: readonly Json[]
  readonly of: (value: Json) => Json
}

/** For each leaf, what may stand there instead. */
function changes(value: Json, of: Change['of'] = (other) => other): Change[] {
  if (typeof value === 'number') return [{ values: [value + 1, value / 2, value + 0.01], of }]
  if (typeof value === 'boolean') return [{ values: [!value], of }]
  if (typeof value !== 'object' || value === null) return [{ values: [`${value}x`], of }]
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    const more = { values: ['more', 0.99], of: (other: Json) => of([...list, other]) }
    return [...list.flatMap((item, i) => changes(item, (other) => of(list.with(i, other)))), more]
  }
  return Object.entries(value).flatMap(([name, item]) => changes(item, (other) => of({ ...value, [name]: other })))
}
