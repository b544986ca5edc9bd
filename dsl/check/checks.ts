/** Rejects values outside their range at the call, with option, value, range and place. */

import { here, show } from './at.ts'
import { type Json, notJson, unlikeJson } from './canonical.ts'
import type { Form, Range } from './form.ts'
import { PipelineProblem } from './problem.ts'
import { target } from './target.ts'
import { why } from './why.ts'

export const whole = (from: number, to: number, hint: string, says = `a whole number from ${from} to ${to}`): Range => ({
  says,
  has: (value) => Number.isInteger(value) && value >= from && value <= to,
  hint,
})
/** With an upper limit that is never reached in practice. */
export const orMore = (from: number, hint: string, to = 1e6): Range => whole(from, to, hint, `a whole number, ${from} or more`)

export const ranges = {
  sparsity: { says: 'from 0 up to but not including 1', has: (value) => value >= 0 && value < 1, ...why.sparsity },
  epochs: orMore(1, 'Write how often to pass over the training data, for example 20.', 1e9),
  batch: orMore(1, 'Write the number of examples in a step, for example 64.', 1e9),
  rounds: whole(1, 1e4, 'Write how many rounds to do, for example 5.'),
  whole: orMore(0, 'Leave it out for the default.', 1e9),
  count: orMore(1, 'Write how many, for example 3.'),
  members: whole(1, 1000, 'Write how many networks predict together, for example 4.'),
  classes: orMore(2, 'Write how many classes the data have, for example 100.'),
  // reinit() adds a million to it, and the sum must still fit in 32 bits
  seed: whole(0, 2 ** 31 - 1, 'Any such number will do; equal seeds give equal random numbers.'),
  learningRate: {
    says: 'more than 0',
    has: (value) => value > 0 && value < Infinity,
    hint: 'Write the peak of the schedule, for example 0.05.',
  },
  notNegative: { says: '0 or more', has: (value) => value >= 0 && value < Infinity, hint: 'Write 0 to leave it out.' },
  positive: { says: 'more than 0', has: (value) => value > 0 && value < Infinity, hint: 'Leave it out for the default.' },
  norm: { says: 'more than 0', has: (value) => value > 0, hint: 'Write Infinity to leave gradients as they are.' },
  decay: { says: 'from 0 up to but not including 1', has: (value) => value >= 0 && value < 1, hint: 'Leave it out for the default.' },
  factor: { says: 'more than 0, up to 1', has: (value) => value > 0 && value <= 1, hint: 'Leave it out for the default.' },
  part: { says: 'more than 0 and less than 1', has: (value) => value > 0 && value < 1, hint: 'Leave it out for the default.' },
  share: { says: 'from 0 to 1', has: (value) => value >= 0 && value <= 1, hint: 'Leave it out for the default.' },
} as const satisfies { readonly [name: string]: Range }

const cut = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)
const few = (all: readonly string[]): string =>
  [...all.slice(0, 20), ...(all.length > 20 ? [`and ${all.length - 20} more`] : [])].join(', ')

/** How a value looks in a message. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (typeof value === 'string') return `'${cut(value)}'`
  if (Array.isArray(value)) return `[${few(value.map((item: unknown) => (Array.isArray(item) ? '[…]' : shown(item))))}]`
  if (typeof value === 'object' && value !== null) return `an object with ${few(Object.keys(value).map(cut)) || 'nothing in it'}`
  return String(value)
}

/** A problem in the user's current call, with its place from the stack. */
export const problem = (title: string, facts: { readonly [label: string]: string | number | undefined }, hint: string): PipelineProblem => {
  const at = here()
  return new PipelineProblem({ title, facts: { ...facts, at: at && show(at) }, hint })
}

/** `value` if it is a number in the range. */
export const inRange = (verb: string, option: string, value: unknown, range: Range): number => {
  if (typeof value === 'number' && range.has(value)) return value + 0 // -0 is 0: they have one key
  throw problem(
    range.title ?? `${verb} was given a value of ${option} that is out of range.`,
    { verb, option, value: shown(value), allowed: range.says },
    range.hint,
  )
}

/** `value` if it is one of the words. */
export const oneOf = <const W extends string | number | boolean>(verb: string, option: string, value: unknown, words: readonly W[]): W => {
  const word = words.find((one) => one === value)
  if (word !== undefined) return word
  throw problem(
    `${verb} does not know this value of ${option}.`,
    { verb, option, value: shown(value), allowed: words.map(shown).join(', ') },
    'Choose one of the allowed values, or leave it out for the default.',
  )
}

/** The declaration of an option: a number in a range, or one of some words, with its default. */
export type Declared<T> = Form<T> & (Range | { readonly words: readonly (string | boolean)[] })

/** The given value of an option, or its default. */
export const chosen = <T>(verb: string, option: string, given: unknown, declared: Declared<T>): T => {
  if (given === undefined && declared.standard !== undefined) return declared.standard as T // `number` and `words` take no other
  // The form's type is that of its range or words.
  return ('words' in declared ? oneOf(verb, option, given, declared.words) : inRange(verb, option, given, declared)) as T
}

/** All given options of a verb, with the defaults of the others. */
export const allChosen = <F extends { readonly [option: string]: Declared<unknown> }>(
  verb: string,
  given: unknown,
  declared: F,
): { readonly [K in keyof F]: F[K] extends Declared<infer T> ? T : never } => {
  const options: { readonly [option: string]: unknown } = optionsOf(verb, given, Object.keys(declared))
  const values = Object.entries(declared).map(([option, form]) => [option, chosen(verb, option, options[option], form)])
  return Object.fromEntries(values)
}

/**
 * `given` as a record with the allowed fields only. Functions anywhere in it are rejected: a pipeline is plain data, so that its stages can
 * be hashed and sent to other processes.
 */
export const optionsOf = <const N extends string>(verb: string, given: unknown, allowed: readonly N[]): { readonly [K in N]?: unknown } => {
  if (given === undefined) return {}
  plain(verb, given)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw problem(
      `${verb} takes its options as an object.`,
      { verb, value: shown(given), options: allowed.join(', ') },
      `Write ${verb.replace('()', `({ ${allowed[0]}: … })`)}.`,
    )
  }
  const unexpected = Object.keys(given).find((name) => !allowed.some((one) => one === name))
  if (unexpected === undefined) return given
  throw problem(`${verb} has no option '${unexpected}'.`, { verb, option: unexpected, options: allowed.join(', ') }, 'Check the spelling.')
}

/** Rejects a value that is not a function where a verb needs one. */
export function callable(verb: string, value: unknown, example: string): asserts value is (...given: never[]) => unknown {
  if (typeof value === 'function') return
  throw problem(`${verb} needs a function.`, { verb, value: shown(value) }, `For example ${example}.`)
}

/** Rejects functions, class instances and other values that are not plain data, at any depth; numbers are checked by their ranges. */
export const plain = (verb: string, value: unknown, path = '', above: readonly object[] = []): void => {
  if (value === undefined || typeof value === 'number') return
  if (typeof value === 'object' && value !== null && target in value) return // checked when it was made
  if (typeof value === 'function') {
    throw problem(
      `${verb} was given a function, and a pipeline holds plain data only.`,
      { verb, option: path || undefined, value: shown(value) },
      `${value.name === '' ? '' : `If ${value.name} makes a part of a pipeline, call it: ${value.name}(). `}Your functions go in through criterion(), loss(), stage(), model() and data().`,
    )
  }
  const found = unlikeJson(value, above)
  if (found !== undefined) throw notData(verb, path, found)
  if (typeof value !== 'object' || value === null) return
  for (const [name, part] of Object.entries(value)) plain(verb, part, path === '' ? name : `${path}.${name}`, [...above, value])
}

const notData = (verb: string, path: string, found: string): PipelineProblem =>
  problem(
    `${verb} was given ${found}, and a pipeline holds plain data only.`,
    { verb, option: cut(path) || undefined, value: found, allowed: 'numbers, texts, true, false, null, and lists and objects of them' },
    'Two values that look alike as JSON would be one stage. Write it as plain data, and make of it what you need in the function.',
  )

/**
 * The user's custom options as stored in a stage: a copy without undefined members.
 * @throws PipelineProblem for values that JSON cannot distinguish (NaN, Infinity, -0, a Map, …), and for the tag of function references
 */
export const jsonOf = (verb: string, given: unknown): Json => {
  plain(verb, given)
  const copy = defined(given)
  const wrong = notJson(copy, '')
  if (wrong !== undefined) throw notData(verb, wrong.path.replace(/^\./, ''), wrong.found)
  return copy as Json // `notJson` found nothing
}

const defined = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(defined)
  const members = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(members.map(([name, item]) => [name, defined(item)]))
}
