/** Shared by the commands' definitions. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Effect from 'effect/Effect'
import * as Option from 'effect/Option'
import { LoadProblem } from '../problem.ts'
import { exitCodes } from './exit.ts'
import { type SkinName, skinNames, skins } from './skins.ts'

/** A command's arguments, and what they are for. */
export type Example = readonly [words: string, what: string]

/**
 * Defines a command. Its implementation returns a promise of the exit code, 0 without one; `command-line.ts` prints what it throws.
 * @param load returns the implementation: called when the command is
 */
export const command = <const C extends Command.Command.Config>(
  name: string,
  description: string,
  examples: readonly [Example, ...Example[]],
  config: C,
  load: () => Promise<(given: Command.Command.Config.Infer<C>) => Promise<number> | Promise<void>>,
) =>
  Command.make(name, config, (given) =>
    Effect.tryPromise({
      try: async () => {
        refuseTwoFormats(given as { readonly [flag: string]: unknown })
        const work = await load()
        const code = await work(given)
        process.exitCode = typeof code === 'number' ? code : exitCodes.done
      },
      catch: (cause) => cause,
    }),
  ).pipe(
    Command.withDescription(description),
    Command.withExamples(({ commandPath }) =>
      examples.map(([words, what]) => ({ command: [...commandPath, words].join(' ').trimEnd(), description: what })),
    ),
  )

/** Switches that select the format of a command's only output. */
const formats = [...skinNames, 'csv', 'mermaid', 'dot', 'html', 'quiet']
/** These two may be combined: both omit progress. */
const together = 'csv,quiet'

/** @throws LoadProblem */
function refuseTwoFormats(given: { readonly [flag: string]: unknown }): void {
  const asked = formats.filter((name) => given[name] === true)
  const [one, other] = asked
  if (one === undefined || other === undefined || asked.join() === together) return
  throw new LoadProblem({
    title: `--${one} and --${other} cannot be combined: a command has one output format.`,
    facts: [],
    hint: 'Use only one of them.',
  })
}

const skinFlag = (name: SkinName) => Flag.Boolean(name).pipe(Flag.withDescription(skins[name].says), Flag.withDefault(false))
/** One for each skin except the terminal. */
export const skinFlags = Object.fromEntries(skinNames.map((name) => [name, skinFlag(name)])) as {
  readonly [name in SkinName]: Flag.Flag<boolean>
}

export const argument = (name: string, description: string) => Argument.String(name).pipe(Argument.withDescription(description))

/** Undefined when omitted. */
export const maybeArgument = (name: string, description: string) =>
  argument(name, description).pipe(Argument.optional, Argument.map(Option.getOrUndefined))

/** Undefined when omitted. */
export const maybe = <A>(flag: Flag.Flag<A>): Flag.Flag<A | undefined> => flag.pipe(Flag.optional, Flag.map(Option.getOrUndefined))

export const whole = (name: string, description: string, least: number, most: number) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= least && value <= most,
      () => `a whole number from ${least} to ${most}`,
    ),
    Flag.withDescription(description),
  )
export const seconds = (name: string, standard: number, description: string) =>
  Flag.Finite(name).pipe(
    Flag.filter(
      // Timers accept at most 2³¹ − 1 milliseconds.
      (value) => value > 0 && value <= 2_000_000,
      () => 'a number of seconds, more than 0 and at most 2,000,000',
    ),
    Flag.withDescription(`${description} (default ${standard})`),
    Flag.withDefault(standard),
  )
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const place = (name: string, description: string) =>
  maybe(
    Flag.String(name).pipe(
      Flag.filter(
        (value) => value !== '',
        () => 'the path of a folder, or an address',
      ),
      Flag.withDescription(description),
    ),
  )
export const objects = place(
  'objects',
  'where a database keeps its objects: a folder shared by its machines, or s3://bucket/prefix; needed only the first time',
)
/** @param standard the default store, shown in brackets */
export const storeFlags = (standard: string) => ({
  store: place('store', `the store: a folder, or a database as postgres://user@host/name (${standard})`),
  objects,
})
export const storesFlag = Flag.String('store').pipe(
  Flag.withDescription("a store: a folder, or a database's address; repeatable (default: .espalier beside package.json)"),
  Flag.atLeast(0),
)
/** For every command about a store rather than a pipeline file. */
export const ofStore = { ...storeFlags('default: .espalier beside the nearest package.json'), ...skinFlags }

export const parameters = Flag.String('set').pipe(
  Flag.filter(
    (text) => /^[^=]+=/s.test(text),
    () => 'name=value',
  ),
  Flag.withDescription('name=value: sets a parameter that the file declares with params(); repeatable'),
  Flag.atLeast(0),
)
export const loadTimeout = seconds('load-timeout', 10, 'time limit for loading the file, in seconds')

/** Undefined when omitted. */
export const word = (name: string, description: string) => maybe(Flag.String(name).pipe(Flag.withDescription(description)))

/** For commands that plan a file. */
export const common = {
  file: argument('FILE', "a pipeline file, FILE#target for one of its exports, or 'FILE#*' for all of them"),
  ...storeFlags("default: .espalier beside the file's package.json"),
  slots: maybe(
    whole(
      'slots',
      'number of stages that run at once (default: from the cores, the width of the graph and the size of its networks)',
      1,
      1024,
    ),
  ),
  threads: maybe(whole('threads', 'threads per stage (default: likewise); affects the last bits of results', 1, 1024)),
  set: parameters,
  engine: Flag.Literals('engine', ['auto', 'tensorflow', 'portable']).pipe(
    Flag.withDescription(
      'the engine: the TensorFlow library, or the slower portable engine if the library is not installed (default auto)',
    ),
    Flag.withDefault('auto'),
  ),
  device: Flag.Literals('device', ['auto', 'cpu', 'gpu']).pipe(
    Flag.withDescription('NVIDIA GPUs, with one stage per GPU, or the CPU (default auto: GPUs if usable)'),
    Flag.withDefault('auto'),
  ),
  xla: maybe(
    Flag.Boolean('xla').pipe(
      Flag.withDescription(
        'compile training steps with XLA (default only on a GPU): faster for networks without convolutions; affects the last bits of results',
      ),
    ),
  ),
  loadTimeout,
  noCheck: switchFlag('no-check', 'skip the type check of the file'),
}
