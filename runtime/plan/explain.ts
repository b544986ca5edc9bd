/**
 * Why a stage runs, in the user's words: what differs between its manifest and the nearest earlier one of the same place.
 * Reads the same value that the key hashes; a part it has no words for is still told, by its name.
 */
import type { Json } from '../../dsl/stage.ts'
import { canonical } from '../store/canonical.ts'

type Members = { readonly [key: string]: Json }

/** What changed from `earlier` to `now`, one phrase a part (`learning rate 0.1 → 0.05`); empty when they are equal. */
export function explain(earlier: Json, now: Json): string[] {
  if (same(earlier, now)) return []
  const before = members(earlier)
  const after = members(now)
  if (!same(before.kind, after.kind)) return [`stage ${show(before.kind)} → ${show(after.kind)}`]
  const phrases = [
    ...(same(before.revision, after.revision)
      ? []
      : [`what ${show(after.kind)} computes changed (revision ${show(before.revision)} → ${show(after.revision)})`]),
    ...changes(before.options, after.options, []),
    ...inputChanges(members(before.inputs), members(after.inputs)),
    ...unionOfKeys(before, after)
      .filter((part) => !['kind', 'revision', 'options', 'inputs'].includes(part))
      .flatMap((part) => changes(before[part], after[part], [part])),
  ]
  return [...new Set(phrases)]
}

/** The differences from whichever earlier manifest is nearest (fewest parts; the newest of equals); undefined without any. */
export function explainNearest(earlier: readonly Json[], now: Json): string[] | undefined {
  let nearest: string[] | undefined
  for (const manifest of earlier) {
    const phrases = explain(manifest, now)
    if (nearest === undefined || phrases.length < nearest.length) nearest = phrases
  }
  return nearest
}

function inputChanges(before: Members, after: Members): string[] {
  return unionOfKeys(before, after)
    .filter((role) => !same(before[role], after[role]))
    .map((role) => (role === 'to' ? 'the weights to rewind to changed' : `input ${role} changed`))
}

/** `path` is where in the options we are. */
function changes(before: Json | undefined, after: Json | undefined, path: readonly string[]): string[] {
  if (same(before, after)) return []
  const name = path.at(-1)
  if (name === 'data') return dataChanges(members(before), members(after))
  if (name === 'lr' && isMembers(before) && isMembers(after)) return scheduleChanges(before, after)
  if (!isMembers(before) || !isMembers(after)) return [`${wordsFor(path)} ${show(before)} → ${show(after)}`]
  // One of several forms (sgd or adam, magnitude or another): a different form has other members, which say nothing together.
  if (!same(before.kind, after.kind)) return [`${wordsFor(path)} ${describe(before)} → ${describe(after)}`]
  if (isSpec(before) && isSpec(after) && before.name !== after.name) return [`${wordsFor(path)} ${before.name} → ${after.name}`]
  return unionOfKeys(before, after).flatMap((key) => changes(before[key], after[key], [...path, key]))
}

function dataChanges(before: Members, after: Members): string[] {
  if (before.name !== after.name) return [`data ${show(before.name)} → ${show(after.name)}`]
  const options = changes(before.options, after.options, ['data', 'options'])
  return options.length > 0 ? options : [`the content of data set ${show(after.name)} changed`]
}

function scheduleChanges(before: Members, after: Members): string[] {
  const peaks = [peakOf(before), peakOf(after)]
  const peak = same(peaks[0], peaks[1]) ? [] : [`learning rate ${show(peaks[0])} → ${show(peaks[1])}`]
  const shapes = [describeSchedule(before), describeSchedule(after)]
  return shapes[0] === shapes[1] ? peak : [...peak, `learning-rate schedule ${shapes[0]} → ${shapes[1]}`]
}

function peakOf(schedule: Members): Json | undefined {
  return schedule.kind === 'warmup' ? peakOf(members(schedule.schedule)) : schedule.lr
}

/** Everything of a schedule but its peak. */
function describeSchedule(schedule: Members): string {
  if (schedule.kind === 'warmup') return `warm-up of ${show(schedule.epochs)} epochs, then ${describeSchedule(members(schedule.schedule))}`
  const { kind, lr: _peak, ...rest } = schedule
  const shown = Object.keys(rest).length === 0 ? '' : ` ${show(rest)}`
  return `${show(kind)}${shown}`
}

/** Options whose name alone would not tell a reader what they are. */
const words: { readonly [option: string]: string } = {
  batch: 'batch size',
  from: 'starting epoch',
  of: 'sparsity counted of',
  exclude: 'layers left out',
  outputLayer: 'rule for the output layer',
  nesterov: 'Nesterov momentum',
  beta1: 'β₁',
  beta2: 'β₂',
  epsilon: 'ε',
  alpha: 'α',
}

/** `['sparsity', 'fc1']` → `sparsity of fc1`; `['model', 'options', 'width']` → `model option width`. */
function wordsFor(path: readonly string[]): string {
  const name = path.at(-1) ?? 'options'
  const parent = path.at(-2)
  if (parent === 'sparsity') return `sparsity of ${name}`
  if (parent === 'options') return `${path[0]} option ${name}`
  return words[name] ?? name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
}

function describe(value: Members): string {
  return typeof value.kind === 'string' ? value.kind : show(value)
}

/** Short enough for a line. */
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

function isSpec(value: Members): boolean {
  return typeof value.name === 'string' && isMembers(value.options)
}
