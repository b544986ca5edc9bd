/** Parameters that a pipeline file takes from the command line: `--set lr=0.05`. */
import { problem, shown } from '../check/checks.ts'
import { PipelineProblem } from '../check/problem.ts'

type Value = string | number | boolean
/** Words to choose from; the first is the default. */
type Choice = readonly [string, ...string[]]
/** The type of a literal, so that other values of that type are accepted; for a choice, its words. */
type Wide<V> = V extends Choice ? V[number] : V extends number ? number : V extends boolean ? boolean : string

interface Registry {
  /** The given values, as text, by name. */
  readonly given: ReadonlyMap<string, string>
  /** The declared parameters, with their defaults. */
  readonly declared: Map<string, Value>
}

/** The same in every copy of the library: the loader's, and the one that the file imports. */
const key = Symbol.for('espalier.params')
const place = globalThis as { [key]?: Registry }

const registry = (): Registry => {
  place[key] ??= { given: new Map(), declared: new Map() }
  return place[key]
}

/**
 * Numbers, words and booleans with their defaults, which `--set name=value` overrides. The default determines the type. A list of words is
 * a choice, and its first word is the default: `params({ lr: 0.1, scale: ['demo', 'paper'] })`.
 * @throws PipelineProblem for a value of another type, or none of the words
 */
export const params = <const D extends { readonly [name: string]: Value | Choice }>(
  defaults: D,
): { readonly [K in keyof D]: Wide<D[K]> } => {
  if (typeof defaults !== 'object' || defaults === null || Array.isArray(defaults)) throw notDefaults(defaults)
  for (const [name, offered] of Object.entries<unknown>(defaults)) if (!isDefault(offered)) throw notOffered(name, offered)
  const { given, declared } = registry()
  const values = Object.entries<Value | Choice>(defaults).map(([name, offered]) => {
    const words = typeof offered === 'object' ? offered : undefined
    const standard = typeof offered === 'object' ? offered[0] : offered
    declared.set(name, standard)
    const text = given.get(name)
    if (text !== undefined && words !== undefined && !words.includes(text)) throw notAmong(name, text, words)
    return [name, text === undefined ? standard : parsed(name, text, standard)]
  })
  return Object.fromEntries(values)
}

const isDefault = (offered: unknown): offered is Value | Choice =>
  Array.isArray(offered)
    ? offered.length > 0 && Array.from(offered).every((word) => typeof word === 'string')
    : typeof offered === 'string' || typeof offered === 'boolean' || (typeof offered === 'number' && !Number.isNaN(offered))

const notDefaults = (value: unknown) =>
  problem('params() takes an object of parameters with their defaults.', { value: shown(value) }, 'For example params({ lr: 0.1 }).')

const notOffered = (name: string, value: unknown) =>
  problem(
    `The parameter ${name} has no default.`,
    { parameter: name, value: shown(value), allowed: 'a number, a word, true or false, or a list of words' },
    `For example params({ ${name}: 0.1 }), or ${name}: ['demo', 'paper'] for a choice.`,
  )

const notAmong = (name: string, text: string, words: Choice) =>
  problem(
    `The parameter ${name} must be one of ${words.join(', ')}.`,
    { given: `--set ${name}=${text}` },
    `For example --set ${name}=${words.find((word) => word !== words[0]) ?? words[0]}.`,
  )

const parsed = (name: string, text: string, standard: Value): Value => {
  if (typeof standard === 'string') return text
  if (typeof standard === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (typeof standard === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  const type = typeof standard === 'number' ? 'a number' : 'true or false'
  throw problem(
    `The parameter ${name} must be ${type}, as its default is ${standard}.`,
    { given: `--set ${name}=${text}` },
    `For example --set ${name}=${standard}.`,
  )
}

/** For the loader: sets the values of the command line before a file is loaded. */
export const setParams = (given: ReadonlyMap<string, string>): void => {
  place[key] = { given, declared: new Map() }
}

/** For the loader: rejects undeclared parameters after loading. @throws PipelineProblem */
export const refuseUnknownParams = (): void => {
  const { given, declared } = registry()
  const unexpected = [...given.keys()].find((name) => !declared.has(name))
  if (unexpected === undefined) return
  const known = [...declared].map(([name, standard]) => `${name} (${typeof standard}, default ${standard})`)
  throw new PipelineProblem({
    title: `The file takes no parameter called '${unexpected}'.`,
    facts: { given: `--set ${unexpected}=${given.get(unexpected)}`, parameters: known.join(', ') || 'none' },
    hint: known.length === 0 ? 'Declare it in the file: const { lr } = params({ lr: 0.1 }).' : 'Check the spelling.',
  })
}
