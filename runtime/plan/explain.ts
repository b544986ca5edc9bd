/**
 * Why a stage runs, in the user's words: the differences between its manifest and the most similar earlier one of the same place.
 * Compares the values that the key hashes; a part without a phrase of its own is reported by its name.
 */

import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import type { StageKind } from '../../dsl/graph/stage-options.ts'
import { revisionOf, stageKinds } from '../kinds/kinds.ts'
import { type FunctionRecord, fingerprintsIn } from '../store/functions.ts'
import type { Store } from '../store/store.ts'
import { type FunctionChange, functionChanges } from './function-changes.ts'

type Members = { readonly [key: string]: Json }

/** One part of the manifest that differs. */
export interface Difference {
  /** Path in the manifest: `['options', 'optimizer', 'lr']`. */
  readonly part: readonly string[]
  /** `learning rate 0.1 → 0.05` */
  readonly says: string
  /** Null where it was absent. */
  readonly before: Json
  readonly after: Json
  /** If a function's code changed: that code. */
  readonly code?: NonNullable<FunctionChange['code']>
}

/** Looks up the record of a user function by fingerprint. */
export type Recall = (fingerprint: string) => FunctionRecord | undefined

const nothingKnown: Recall = () => undefined

/** The parts that changed from `earlier` to `now`; empty if they are equal. */
function differences(earlier: Json, now: Json, recall: Recall = nothingKnown): Difference[] {
  if (same(earlier, now)) return []
  const before = members(earlier)
  const after = members(now)
  const changed = (part: string, says: string): Difference[] =>
    same(before[part], after[part]) ? [] : [difference([part], says, before[part], after[part])]
  if (!same(before.kind, after.kind)) return changed('kind', `stage ${show(before.kind)} → ${show(after.kind)}`)
  const revisions = `(revision ${show(before.revision)} → ${show(after.revision)})`
  const found = [
    // The revision may depend on an option; then only the option is reported.
    ...(isCurrent(before) ? [] : changed('revision', `what ${show(after.kind)} computes changed ${revisions}`)),
    ...changes(before.options, after.options, ['options'], recall),
    ...inputChanges(after.kind, members(before.inputs), members(after.inputs)),
    ...unionOfKeys(before, after)
      .filter((part) => !['kind', 'revision', 'options', 'inputs'].includes(part))
      .flatMap((part) => changes(before[part], after[part], [part], recall)),
  ]
  return found.filter(({ says }, i) => found.findIndex((other) => other.says === says) === i)
}

/** Whether a stage with these options would have this revision today. */
const isCurrent = ({ kind, options, revision }: Members): boolean =>
  Object.hasOwn(stageKinds, String(kind)) && revision === revisionOf({ kind: kind as StageKind, options: members(options) })

/** The differences as phrases. */
export function explain(earlier: Json, now: Json, recall: Recall = nothingKnown): string[] {
  return differences(earlier, now, recall).map(({ says }) => says)
}

export interface Nearest {
  readonly manifest: Json
  readonly differences: readonly Difference[]
}

/** The earlier manifest with the fewest differing parts (the newest among equals); undefined if there is none. */
export function nearestOf(earlier: readonly Json[], now: Json, recall: Recall = nothingKnown): Nearest | undefined {
  let nearest: Nearest | undefined
  for (const manifest of earlier) {
    const found = differences(manifest, now, recall)
    if (nearest === undefined || found.length < nearest.differences.length) nearest = { manifest, differences: found }
  }
  return nearest
}

/** `nearestOf` for several manifests, with the records of user functions in the store. */
export async function nearestIn(
  { functions }: Pick<Store, 'functions'>,
  all: readonly { readonly earlier: readonly Json[]; readonly now: Json }[],
): Promise<readonly (Nearest | undefined)[]> {
  const compared = all.filter(({ earlier }) => earlier.length > 0)
  const known = compared.length === 0 ? undefined : await functions.find(fingerprintsIn(JSON.stringify(compared)))
  return all.map(({ earlier, now }) => nearestOf(earlier, now, (fingerprint) => known?.get(fingerprint)))
}

function difference(part: readonly string[], says: string, before: Json | undefined, after: Json | undefined): Difference {
  return { part, says, before: before ?? null, after: after ?? null }
}

function inputChanges(kind: Json | undefined, before: Members, after: Members): Difference[] {
  // A record may be of a kind that no longer exists.
  const words: { readonly [role: string]: string } = Object.hasOwn(stageKinds, String(kind))
    ? (stageKinds[kind as StageKind].inputs ?? {})
    : {}
  return unionOfKeys(before, after)
    .filter((role) => !same(before[role], after[role]))
    .map((role) => difference(['inputs', role], `${words[role] ?? `input ${role}`} changed`, before[role], after[role]))
}

/** `path`: the position in the manifest. */
function changes(before: Json | undefined, after: Json | undefined, path: readonly string[], recall: Recall): Difference[] {
  if (same(before, after)) return []
  const name = path.at(-1)
  const one = (says: string) => [difference(path, says, before, after)]
  if (name === 'data') return dataChanges(members(before), members(after), path, recall)
  if (name === 'lr' && isMembers(before) && isMembers(after)) return scheduleChanges(before, after).flatMap(one)
  if (!isMembers(before) || !isMembers(after)) return one(`${wordsFor(path)} ${show(before)} → ${show(after)}`)
  const [was, is] = [fingerprintIn(before), fingerprintIn(after)]
  if (was !== undefined && is !== undefined)
    return functionChanges(recall(was), recall(is)).map(({ says, code }) => ({
      ...difference(path, says, before, after),
      ...(code === undefined ? {} : { code }),
    }))
  // Variants (sgd or adam, magnitude or another) have different members, so these are not compared one by one.
  if (!same(before.kind, after.kind)) return one(`${wordsFor(path)} ${describe(before, recall)} → ${describe(after, recall)}`)
  if (isSpec(before) && isSpec(after) && before.name !== after.name) return one(`${wordsFor(path)} ${before.name} → ${after.name}`)
  return unionOfKeys(before, after).flatMap((key) => changes(before[key], after[key], [...path, key], recall))
}

function dataChanges(before: Members, after: Members, path: readonly string[], recall: Recall): Difference[] {
  if (before.name !== after.name) return [difference(path, `data ${show(before.name)} → ${show(after.name)}`, before, after)]
  const options = changes(before.options, after.options, [...path, 'options'], recall)
  return options.length > 0 ? options : [difference(path, `the content of data set ${show(after.name)} changed`, before, after)]
}

/** One phrase for the peak, one for the shape. */
function scheduleChanges(before: Members, after: Members): string[] {
  const peaks = [peakOf(before), peakOf(after)]
  const peak = same(peaks[0], peaks[1]) ? [] : [`learning rate ${show(peaks[0])} → ${show(peaks[1])}`]
  const shapes = [describeSchedule(before), describeSchedule(after)]
  return shapes[0] === shapes[1] ? peak : [...peak, `learning-rate schedule ${shapes[0]} → ${shapes[1]}`]
}

function peakOf(schedule: Members): Json | undefined {
  return schedule.kind === 'warmup' ? peakOf(members(schedule.schedule)) : schedule.lr
}

/** The schedule without its peak. */
function describeSchedule(schedule: Members): string {
  if (schedule.kind === 'warmup') return `warm-up of ${show(schedule.epochs)} epochs, then ${describeSchedule(members(schedule.schedule))}`
  const { kind, lr: _peak, ...rest } = schedule
  const shown = Object.keys(rest).length === 0 ? '' : ` ${show(rest)}`
  return `${show(kind)}${shown}`
}

/** Options whose name alone is not clear. */
const words: { readonly [option: string]: string } = {
  batch: 'batch size',
  from: 'starting epoch',
  fromStep: 'starting step',
  of: 'sparsity counted of',
  counts: 'sparsity counted in',
  exclude: 'layers left out',
  outputLayer: 'rule for the output layer',
  nesterov: 'Nesterov momentum',
  beta1: 'β₁',
  beta2: 'β₂',
  epsilon: 'ε',
  alpha: 'α',
}

/** `['options', 'sparsity', 'fc1']` → `sparsity of fc1`; `['options', 'model', 'options', 'width']` → `model option width`. */
function wordsFor(path: readonly string[]): string {
  const name = path.at(-1) ?? 'options'
  const parent = path.at(-2)
  if (parent === 'sparsity') return `sparsity of ${name}`
  // Options of a part (a model, data), not of the stage.
  if (parent === 'options' && path.length > 2) return `${path.at(-3)} option ${name}`
  return words[name] ?? name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
}

/** A user-defined part is shown as its function's name. */
function describe(value: Members, recall: Recall): string {
  const fingerprint = isMembers(value.fn) ? fingerprintIn(value.fn) : undefined
  const own = fingerprint === undefined ? undefined : recall(fingerprint)?.name
  if (own !== undefined) return `${own}()`
  return typeof value.kind === 'string' ? value.kind : show(value)
}

/** At most 60 characters. */
function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return value
  const text = canonical(value)
    .replaceAll('"', '')
    .replaceAll(/([,:])/g, '$1 ')
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonical(a) === canonical(b))
}

function unionOfKeys(a: Members, b: Members): string[] {
  return [...new Set([...Object.keys(b), ...Object.keys(a)])]
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function members(value: Json | undefined): Members {
  return isMembers(value) ? value : {}
}

/** Of a function reference. */
function fingerprintIn({ fingerprint }: Members): string | undefined {
  return typeof fingerprint === 'string' ? fingerprint : undefined
}

function isSpec(value: Members): boolean {
  return typeof value.name === 'string' && isMembers(value.options)
}
