/**
 * Every sentence a fingerprint is refused with. Plain errors, without effect: they are made in the thread that loads a pipeline file,
 * which has to start in milliseconds.
 */
import { type Fact, type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import type { HiddenState, NotPlain } from './unit.ts'

/** Why a function of the user's cannot be given a fingerprint. Nothing was computed and nothing is wrong with the store. */
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

/** Where: the place in the user's file, and how the function in the pipeline leads there. */
export interface Where {
  /** `lib/norm.ts:3:14` */
  readonly at: string
  /** Names from the function in the pipeline to the one that stands at the place. */
  readonly through: readonly string[]
}

const hidden: { readonly [R in HiddenState]: readonly [does: string, instead: string] } = {
  clock: ['reads the clock', 'Read the time outside the function and capture it, or leave it out.'],
  random: ['draws random numbers', 'Take a seed as an argument and draw from it.'],
  unseeded: [
    'draws random numbers',
    'Give it a seed, its last argument; the numbers are then the same at every step. What is to be new at each step is the part of an augmentation.',
  ],
  environment: ['reads the process (environment, arguments, directory)', 'Read it outside the function and capture the value.'],
  network: ['reads the network', 'Fetch it outside the function and capture what came.'],
  files: ['reads files', 'Read the file outside the function and capture what it holds; bytes are captured by their digest.'],
  machine: ['depends on the machine', 'Read it outside the function and capture the value.'],
  global: ['reaches global state', 'Pass what is needed as an argument or capture it.'],
  'text-as-code': ['runs text as code', 'Write the code as a function.'],
  import: ['loads code that cannot be followed', 'Import it at the top of the file.'],
  place: ['depends on where the file lies', 'Read it outside the function and capture the value.'],
  timer: ['depends on time', 'A stage has nothing to wait for: call the function directly.'],
  memory: ['depends on when memory is freed', 'Keep the object itself.'],
  alias: [
    'under another name cannot be followed, and a part of it reads the clock or draws random numbers',
    'Write the member out where it is used: Math.sqrt(x), new Date(text).',
  ],
  unknown: ['is not defined in this file and is not a known pure global', 'Import it or define it in this file.'],
  this: ['belongs to a function or object around it', 'Make what is needed a const and capture that.'],
  directory: ['depends on the working directory', 'Work the path out outside the function and capture it.'],
  write: ['comes from outside and is changed here', 'Make a copy inside the function and change that.'],
}

const notPlain: { readonly [K in NotPlain['kind']]: readonly [is: string, instead: string] } = {
  instance: ['', plainText()],
  proxy: ['a proxy, whose code runs unseen', plainText()],
  iterator: ['an iterator, which moves on with every use', 'Make it inside the function, from what it goes over.'],
  stack: ['the trace of a stack, which depends on where files lie', 'Leave it out.'],
  deep: ['nested more than 200 levels deep', 'Put it into a list.'],
  huge: ['made of more than a million values', 'Put numbers into a typed array, which counts as one.'],
  unset: ['not set yet: its file has not been run to the end', 'Break the circle of imports.'],
}

function plainText(): string {
  return 'Capture data, instances of your own classes or functions, or make it inside the function.'
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
      'Make it a const or pass it as an argument.',
    ),

  changesCaptured: (where: Where, name: string, method: string) =>
    mutable(
      `'${name}' is captured and ${method}() changes it, so its value depends on what ran before.`,
      placed(where),
      'Make a copy inside the function and change that.',
    ),

  notPlain: (where: Where, subject: string, reason: NotPlain) => {
    const is = reason.kind === 'instance' ? `an instance of ${reason.of}, whose state cannot be seen` : notPlain[reason.kind][0]
    const name = subject.length <= 80 ? subject : `${subject.slice(0, 80)}…`
    return capture(`'${name}' is ${is}.`, placed(where), notPlain[reason.kind][1])
  },

  replaced: (name: string, at: string | undefined) =>
    mutable(
      `${name} was changed while the file was loaded: everything else that runs in the process would use it too.`,
      { at },
      'Leave JavaScript itself as it is: write a function of your own and call that.',
    ),

  /** @param draws what the file drew while it was loaded */
  drawn: (
    name: string,
    captured: string | undefined,
    draws: readonly { readonly subject: string; readonly at: string; readonly value?: unknown }[],
  ) => {
    const seen = draws.filter(({ value }) => captured?.includes(String(value)))
    const told = (seen.length > 0 ? seen : draws).slice(0, 3)
    const subjects = [...new Set(told.map(({ subject }) => subject))].join(', ')
    return capture(
      `'${name}' has captured what is another each time the file is loaded: ${subjects}.`,
      [...told.map(({ at }) => ['at', at] as const), ...factsIn({ captured })],
      'Write the value itself, or make it a parameter of the file: params({ seed: 1 }).',
    )
  },

  stateChanged: (name: string, { name: what, before, after, problem: now }: Change) =>
    mutable(
      `'${name}' changes what it has captured, so what it gives depends on what ran before it.`,
      now === undefined ? { changed: before === undefined ? what : `${what}: ${before} → ${after}` } : { now: now.title },
      'Make what changes inside the function, a new one in each call: a generator of random numbers from its seed, a list, a counter.',
    ),

  tooDeep: (name: string) =>
    capture(
      `'${name}' reaches other functions and values one after the other, hundreds deep, and cannot be followed to the end.`,
      {},
      'Capture less: a list instead of a chain.',
    ),

  foreign: (where: Where, name: string) =>
    foreign(
      `'${name}' is a function that does not come from this project's files: native, bound, or made inside a package.`,
      placed(where),
      'Import it where it is used, or wrap it: (x) => it(x).',
    ),

  foreignRoot: (name: string, url: string | undefined) =>
    foreign(
      `${name === '' ? 'A function in the pipeline' : `The function '${name}'`} does not come from this project's files.`,
      { from: url ?? 'native or bound code' },
      'Wrap it in a function of your own: (...given) => it(...given).',
    ),

  changed: (where: Where, name: string) =>
    of('changed')(
      `'${name}' does not read as its file does: the file changed since it was loaded, or a tool rewrote it.`,
      placed(where),
      'Load it again. Pipeline files run as they are written: no bundler, no test runner, no source transform.',
    ),

  unseen: (where: Where, name: string) =>
    of('unseen')(
      `The value of '${name}' cannot be seen from here.`,
      placed(where),
      'Make it a const in one expression at the top of its file.',
    ),

  noExport: (where: Where, file: string, name: string) =>
    module(`${file} has no export '${name}'.`, placed(where), 'Check the name in the import.'),

  noPackage: (where: Where, name: string) =>
    module(`The package ${name} was not found from here.`, placed(where), `Install it: npm install ${name}`),

  noVersion: (where: Where, name: string, manifest: string) =>
    module(
      `The package ${name} has no version, and its code is known by nothing else.`,
      { ...placed(where), manifest },
      'Give it a version in its package.json.',
    ),

  notLoaded: (where: Where, file: string) =>
    module(
      `${file} is imported but is not one of the project's files.`,
      placed(where),
      'Import packages by name, and project files from inside the project.',
    ),

  commonJs: (file: string) =>
    module(
      `${file} is a CommonJS module, whose names cannot be followed.`,
      {},
      'Write it as an ES module: import and export, in a .ts, .mts or .mjs file.',
    ),

  syntax: (at: string, message: string) =>
    of('syntax')(
      `The file cannot be read: ${message}.`,
      { at },
      'Use TypeScript whose types can be erased: no enum, namespace, parameter property or decorator.',
    ),

  inspectorMoved: (found: string) =>
    inspector(
      'This version of Node shows functions in another way than expected, so no function can be given a fingerprint.',
      { found, Node: process.version, V8: process.versions.v8 },
      'Use Node 22, 24 or 26. Pipelines without functions of your own are not affected.',
    ),

  noInspector: (cause: string) =>
    inspector(
      'This Node was built without its inspector, so no function can be given a fingerprint.',
      { cause },
      'Use a regular build of Node. Pipelines without functions of your own are not affected.',
    ),
}

export interface Change {
  /** `rng.#state` */
  readonly name: string
  /** Where it can be told in a word. */
  readonly before?: string
  readonly after?: string
  /** It cannot be followed any more. */
  readonly problem?: FingerprintProblem
}
