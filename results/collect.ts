/** What the store knows of a study: its arms' numbers, what they cost, and what is not there yet. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePlan } from '../runtime/plan/plan.ts'
import { DataProblem } from '../runtime/problem.ts'
import { type PlanOptions, prepare } from '../runtime/project/prepare.ts'
import type { Store } from '../runtime/store/store.ts'
import { armGroups } from '../runtime/views/arms.ts'
import type { Numerics } from '../stdlib/engine.ts'
import { mean } from '../stdlib/metrics/spread.ts'
import type { Right } from './bootstrap.ts'
import type { Measured } from './claims.ts'
import { rightByArm } from './predictions.ts'

export interface Collected {
  /** The comment at the head of the study's file. */
  readonly recipe: string
  readonly arms: Measured
  /** By arm and seed, of a study with few test examples. */
  readonly right?: ReadonlyMap<string, ReadonlyMap<string, Right>>
  /** Stages of the study, and how many of them have no result. */
  readonly stages: number
  readonly missing: number
  /** Why nothing is known of it: its data are not on this machine. */
  readonly absent?: string
  /** Of work, all stages together. */
  readonly seconds: number
  /** Of the newest result, Unix milliseconds; 0 without any. */
  readonly finished: number
  /** Of the engines that trained. */
  readonly numerics: readonly Numerics[]
}

export interface Where {
  readonly store: string | undefined
  readonly set: readonly string[]
}

export const fileOf = (study: string): string => join(import.meta.dirname, 'studies', `${study}.pipeline.ts`)

/** No stage is run. @param fewExamples whether to predict the test examples again, for intervals over them */
export async function collect(study: string, where: Where, fewExamples = false): Promise<Collected> {
  const file = fileOf(study)
  const asked: PlanOptions = {
    ...where,
    file,
    slots: undefined,
    threads: undefined,
    loadTimeout: 60,
    noCheck: true,
    engine: 'auto',
    device: 'auto',
    xla: false,
  }
  const prepared = await prepare(asked).catch((cause: unknown) => {
    if (cause instanceof DataProblem && cause.kind === 'missing') return cause
    throw cause
  })
  if (prepared instanceof DataProblem) {
    const nothing = { arms: new Map(), stages: 0, missing: 1, seconds: 0, finished: 0, numerics: [] }
    return { recipe: recipeIn(file), absent: prepared.message.split('\n')[0]!, ...nothing }
  }
  const { graph, store, data } = prepared
  try {
    const { stages } = await makePlan(graph, store, data)
    const found = await Promise.all(
      stages.map(async ({ id, key }) => {
        const known = key === null ? undefined : await store.results.find(key)
        return [id, known?.found === 'sound' ? known.result : undefined] as const
      }),
    )
    const results = new Map(found)
    const flips = new Map(await Promise.all(found.map(async ([id, result]) => [id, await flipsOf(store, result?.key)] as const)))
    const known = found.flatMap(([, result]) => (result === undefined ? [] : [result]))
    const right = fewExamples ? await rightByArm(graph, store, results) : new Map<string, Right>()
    const measured = graph.targets[0]!.arms.flatMap(({ path, labels, model, metrics }) => {
      const [trained, end] = [results.get(model), results.get(metrics)]
      if (end === undefined) return []
      // What a training found on its way stands beside what its end is measured by, which counts where both have a name.
      return [
        { path, labels, artifact: null, right: right.get(path), metrics: { ...trained?.metrics, ...flips.get(model), ...end.metrics } },
      ]
    })
    const groups = armGroups(measured)
    const engines = new Map(
      known.flatMap(({ numerics }) => (numerics === undefined ? [] : [[JSON.stringify(numerics), numerics] as const])),
    )
    const rightOf = ({ bySeed }: (typeof groups)[number]) =>
      new Map([...bySeed].flatMap(([seed, { right: own }]) => (own === undefined ? [] : [[seed, own] as const])))
    return {
      recipe: recipeIn(file),
      ...(fewExamples ? { right: new Map(groups.map((group) => [group.name, rightOf(group)])) } : {}),
      arms: new Map(groups.map(({ name, bySeed }) => [name, new Map([...bySeed].map(([seed, { metrics }]) => [seed, metrics]))])),
      stages: stages.length,
      missing: stages.length - known.length,
      seconds: known.reduce((sum, { seconds }) => sum + seconds, 0),
      finished: Math.max(0, ...known.map(({ finished }) => finished)),
      numerics: [...engines.values()],
    }
  } finally {
    store.close()
  }
}

/** Of a training that prunes on its way: the mean share of mask bits that changed at a time, in its first half and its last quarter. */
async function flipsOf(store: Store, key: string | undefined): Promise<{ readonly [metric: string]: number }> {
  const points = key === undefined ? [] : await store.results.metricsOf(key, 'prune/flips')
  const last = points.at(-1)?.step ?? 0
  const part = (name: string, within: (at: number) => boolean) => {
    const inside = points.filter(({ step }) => within(step / last)).map(({ value }) => value)
    return inside.length === 0 ? {} : { [name]: mean(inside) }
  }
  return last === 0 ? {} : { ...part('flips/first half', (at) => at > 0 && at < 0.5), ...part('flips/last quarter', (at) => at > 0.75) }
}

function recipeIn(file: string): string {
  const [, comment = ''] = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, 'utf8')) ?? []
  return comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
