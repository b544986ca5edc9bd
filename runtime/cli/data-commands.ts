/** The definitions of `espalier data`. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { toExitCode } from './flags.ts'
import { skinFlags } from './skin-flags.ts'

const list = Command.make('list', skinFlags, (config) => toExitCode(async () => (await import('./data.ts')).list(config))).pipe(
  Command.withDescription('Show which data sets are on this machine, and how to get the others'),
)

const fetch = Command.make(
  'fetch',
  {
    repository: Argument.String('NAME').pipe(Argument.withDescription("a data set of Hugging Face's hub, as OWNER/NAME")),
    revision: Flag.String('revision').pipe(
      Flag.withDescription("branch, tag or commit (default: main, or the hub's own conversion to Parquet)"),
      Flag.optional,
    ),
  },
  ({ repository, revision }) =>
    toExitCode(async () => (await import('./data.ts')).fetch({ repository, revision: Option.getOrUndefined(revision) })),
).pipe(Command.withDescription('Fetch the Parquet files of a data set into the data folder, for hub(NAME, …)'))

export const dataCommand = Command.make('data').pipe(
  Command.withDescription('Data sets: list, fetch'),
  Command.withSubcommands([list, fetch]),
)
