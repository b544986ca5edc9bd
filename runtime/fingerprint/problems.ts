/**
 * Error messages about functions without a fingerprint. Plain errors, without effect: they are created in the thread that loads a pipeline file,
 * which must start in milliseconds.
 */
import { type Fact, type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import type { HiddenState, NotPlain } from './unit.ts'

/** Why a user function cannot have a fingerprint. Nothing was computed and the store is intact. */
export class FingerprintProblem extends Error implements ProblemText {
  override readonly name = 'FingerprintProblem'
  readonly kind: ProblemKind
  readonly title: string
  readonly facts: readonly Fact[]
  readonly hint: string

  constructor(kind: ProblemKind, { title, facts, hint }: ProblemText) {
    super([title, ...facts.map(([label, value]) => `  ${label}: ${value}`), hint].join('\n'))
    this.kind = kind
    this.title = title
    this.facts = facts
    this.hint = hint
  }
}

export type ProblemKind =
  | 'hidden-state'
  | 'mutable-capture'
  | 'capture'
  | 'foreign-function'
  | 'changed'
  | 'unseen'
  | 'module'
  | 'syntax'
  | 'inspector'

/** A place in the user's file, and the path to it from the function in the pipeline. */
export interface Where {
  /** `lib/norm.ts:3:14` */
  readonly at: string
  /** Function names from the one in the pipeline to the one at this place. */
  readonly through: readonly string[]
}

const hidden: { readonly [R in HiddenState]: readonly [does: string, instead: string] } = {
  clock: ['reads the clock', 'Read the time outside the function and capture it, or omit it.'],
  random: ['draws random numbers', 'Use a seed from an argument.'],
  unseeded: [
    'draws random numbers',
    'Pass a seed as its last argument; the numbers are then the same at every step. For new numbers at each step, write an augmentation.',
  ],
  environment: ['reads the process (environment, arguments, directory)', 'Read it outside the function and capture the value.'],
  network: ['reads the network', 'Download the data outside the function and capture it.'],
  files: ['reads files', 'Read the file outside the function and capture its content; bytes are captured by their digest.'],
  machine: ['depends on the machine', 'Read it outside the function and capture the value.'],
  global: ['uses global state', 'Pass the value as an argument or capture it.'],
  'text-as-code': ['runs text as code', 'Write the code as a function.'],
  import: ['loads code that cannot be analysed', 'Import it at the top of the file.'],
  place: ["depends on the file's location", 'Read it outside the function and capture the value.'],
  timer: ['depends on time', 'A stage does not wait: call the function directly.'],
  memory: ['depends on when memory is freed', 'Keep the object itself.'],
  alias: [
    'under another name cannot be analysed, because some of its members read the clock or draw random numbers',
    'Write the full name of the member: Math.sqrt(x), new Date(text).',
  ],
  unknown: ['is not defined in this file and is not a known pure global', 'Import it or define it in this file.'],
  this: ['belongs to an enclosing function or object', 'Assign the value to a const and capture the const.'],
  directory: ['depends on the working directory', 'Compute the path outside the function and capture it.'],
  write: ['comes from outside the function and is modified here', 'Modify a copy inside the function.'],
}

const notPlain: { readonly [K in NotPlain['kind']]: readonly [is: string, instead: string] } = {
  instance: ['', plainText()],
  proxy: ['a proxy with hidden code', plainText()],
  iterator: ['an iterator, which advances with every use', 'Create it inside the function.'],
  stack: ['a stack trace, which depends on file locations', 'Omit it.'],
  deep: ['nested more than 200 levels deep', 'Put it into a list.'],
  huge: ['made of more than a million values', 'Put numbers into a typed array, which counts as one value.'],
  unset: ['not initialised: its file has not finished loading', 'Remove the import cycle.'],
}

function plainText(): string {
  return 'Capture data, instances of your own classes, or functions, or create the value inside the function.'
}

/** Makes problems of one kind. */
const of =
  (kind: ProblemKind) =>
  (title: string, facts: Facts, hint: string): FingerprintProblem =>
    new FingerprintProblem(kind, { title, facts: factsIn(facts), hint })

const [mutable, capture, foreign, module, inspector] = [
  of('mutable-capture'),
  of('capture'),
  of('foreign-function'),
  of('module'),
  of('inspector'),
]

const placed = ({ at, through }: Where) => ({ at, 'reached by': through.length > 1 ? through.join(' → ') : undefined })

export const fingerprintProblems = {
  hiddenState: (where: Where, rule: HiddenState, subject: string) =>
    of('hidden-state')(
      `A function inside a pipeline may not depend on hidden state: ${subject} ${hidden[rule][0]}.`,
      placed(where),
      hidden[rule][1],
    ),

  assignedInside: (where: Where, name: string) =>
    mutable(
      `'${name}' is captured and also assigned inside a function, so its value can change between runs.`,
      placed(where),
      'Make it a const, or pass it as an argument.',
    ),

  changesCaptured: (where: Where, name: string, method: string) =>
    mutable(
      `'${name}' is captured and ${method}() modifies it, so its value depends on earlier calls.`,
      placed(where),
      'Modify a copy inside the function.',
    ),

  notPlain: (where: Where, subject: string, reason: NotPlain) => {
    const is = reason.kind === 'instance' ? `an instance of ${reason.of}, which has hidden state` : notPlain[reason.kind][0]
    const name = subject.length <= 80 ? subject : `${subject.slice(0, 80)}…`
    return capture(`'${name}' is ${is}.`, placed(where), notPlain[reason.kind][1])
  },

  replaced: (name: string, at: string | undefined) =>
    mutable(
      `${name} was modified while the file was loaded, which affects all code in the process.`,
      { at },
      'Do not modify built-in objects: write your own function and call it.',
    ),

  /** @param draws random numbers and times that the file read while loading */
  drawn: (
    name: string,
    captured: string | undefined,
    draws: readonly { readonly subject: string; readonly at: string; readonly value?: unknown }[],
  ) => {
    const seen = draws.filter(({ value }) => captured?.includes(String(value)))
    const told = (seen.length > 0 ? seen : draws).slice(0, 3)
    const subjects = [...new Set(told.map(({ subject }) => subject))].join(', ')
    return capture(
      `'${name}' has captured a value that changes each time the file is loaded: ${subjects}.`,
      [...told.map(({ at }) => ['at', at] as const), ...factsIn({ captured })],
      'Write a constant, or make it a parameter of the file: params({ seed: 1 }).',
    )
  },

  stateChanged: (name: string, { name: what, before, after, problem: now }: Change) =>
    mutable(
      `'${name}' modifies a captured value, so its result depends on earlier calls.`,
      now === undefined ? { changed: before === undefined ? what : `${what}: ${before} → ${after}` } : { now: now.title },
      'Create the modified value inside the function, in each call: a random generator from its seed, a list, a counter.',
    ),

  tooDeep: (name: string) =>
    capture(
      `'${name}' has a chain of hundreds of functions and values, which is too deep to analyse.`,
      {},
      'Capture less: a list instead of a chain.',
    ),

  foreign: (where: Where, name: string) =>
    foreign(
      `'${name}' is a function that does not come from this project's files: native, bound, or made inside a package.`,
      placed(where),
      'Import it where you use it, or wrap it: (x) => it(x).',
    ),

  foreignRoot: (name: string, url: string | undefined) =>
    foreign(
      `${name === '' ? 'A function in the pipeline' : `The function '${name}'`} does not come from this project's files.`,
      { from: url ?? 'native or bound code' },
      'Wrap it in your own function: (...args) => it(...args).',
    ),

  changed: (where: Where, name: string) =>
    of('changed')(
      `'${name}' differs from the code in its file: the file changed after loading, or a tool rewrote the code.`,
      placed(where),
      'Run the command again. Pipeline files must run as written: no bundler, no test runner, no source transform.',
    ),

  unseen: (where: Where, name: string) =>
    of('unseen')(
      `The value of '${name}' cannot be determined.`,
      placed(where),
      'Define it as a const in one expression at the top of its file.',
    ),

  noExport: (where: Where, file: string, name: string) =>
    module(`${file} has no export '${name}'.`, placed(where), 'Check the name in the import.'),

  noPackage: (where: Where, name: string) =>
    module(`The package ${name} was not found from here.`, placed(where), `Install it: npm install ${name}`),

  noVersion: (where: Where, name: string, manifest: string) =>
    module(
      `The package ${name} has no version. Espalier identifies package code by its version.`,
      { ...placed(where), manifest },
      'Add a version to its package.json.',
    ),

  notLoaded: (where: Where, file: string) =>
    module(
      `${file} is imported but is not in the project.`,
      placed(where),
      'Import packages by name, and project files from inside the project.',
    ),

  commonJs: (file: string) =>
    module(
      `${file} is a CommonJS module. Its names cannot be analysed.`,
      {},
      'Write it as an ES module: import and export, in a .ts, .mts or .mjs file.',
    ),

  syntax: (at: string, message: string) =>
    of('syntax')(
      `The file cannot be read: ${message}.`,
      { at },
      'Use TypeScript with erasable types: no enum, namespace, parameter property or decorator.',
    ),

  inspectorMoved: (found: string) =>
    inspector(
      'This version of Node represents functions in an unknown way, so functions cannot have a fingerprint.',
      { found, Node: process.version, V8: process.versions.v8 },
      'Use Node 22, 24 or 26. Pipelines without custom functions are not affected.',
    ),

  noInspector: (cause: string) =>
    inspector(
      'This Node was built without its inspector, so functions cannot have a fingerprint.',
      { cause },
      'Use a regular build of Node. Pipelines without custom functions are not affected.',
    ),
}

export interface Change {
  /** `rng.#state` */
  readonly name: string
  /** If it has a short text. */
  readonly before?: string
  readonly after?: string
  /** The value can no longer be analysed. */
  readonly problem?: FingerprintProblem
}
