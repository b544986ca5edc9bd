/** What the commands' definitions share. */
import * as Argument from 'effect/cli/Argument'
import * as Flag from 'effect/cli/Flag'
import * as Effect from 'effect/Effect'
import * as Option from 'effect/Option'

/** A command's work is a promise of its exit code; what it throws is shown by `main.ts`. */
export const toExitCode = (work: () => Promise<number>): Effect.Effect<void, unknown> =>
  Effect.tryPromise({ try: work, catch: (cause) => cause }).pipe(
    Effect.flatMap((code) =>
      Effect.sync(() => {
        process.exitCode = code
      }),
    ),
  )

export const count = (name: string, description: string, most = 1024) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (value) => value >= 1 && value <= most,
      () => `a whole number from 1 to ${most}`,
    ),
    Flag.withDescription(description),
    Flag.optional,
  )
export const seconds = (name: string, standard: number, description: string) =>
  Flag.Finite(name).pipe(
    Flag.filter(
      // A timer takes no more than 2³¹ − 1 milliseconds.
      (value) => value > 0 && value <= 2_000_000,
      () => 'a number of seconds, more than 0 and at most 2,000,000',
    ),
    Flag.withDescription(`${description} (default ${standard})`),
    Flag.withDefault(standard),
  )
export const switchFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const place = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.filter(
      (value) => value !== '',
      () => 'the path of a folder, or an address',
    ),
    Flag.withDescription(description),
    Flag.optional,
    Flag.map(Option.getOrUndefined),
  )

/** @param standard which store it is without the flag, in brackets */
export const storeFlags = (standard: string) => ({
  store: place('store', `the store: a folder, or a database as postgres://user@host/name (${standard})`),
  objects: place(
    'objects',
    "where a database's objects are: a folder that its machines share, or s3://bucket/prefix; named once, the store remembers it",
  ),
})

export const pipelineFile = (description: string) => Argument.String('FILE').pipe(Argument.withDescription(description))
export const parameters = Flag.String('set').pipe(
  Flag.filter(
    (text) => /^[^=]+=/s.test(text),
    () => 'name=value',
  ),
  Flag.withDescription('name=value: a parameter of the file (params()); may be given again for others'),
  Flag.atLeast(0),
)
export const loadTimeout = seconds('load-timeout', 10, 'seconds that the file may take to load')
