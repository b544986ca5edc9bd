/** Flags and help of the commands that maintain a store: gc, store. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { bytesIn } from '../format/size.ts'
import { count, switchFlag, toExitCode } from './flags.ts'
import { ofStore } from './history-commands.ts'
import { skinFlags } from './skin-flags.ts'

const gc = Command.make(
  'gc',
  {
    ...ofStore,
    dryRun: switchFlag('dry-run', 'say what would go and how much it is, and remove nothing'),
    budget: Flag.String('budget').pipe(
      Flag.filter(
        (text) => bytesIn(text) !== undefined,
        () => 'a size like 500MB, 20GB or 1.5TB',
      ),
      Flag.withDescription('keep what nothing needs too, the most recently needed first, up to this size in all (default 0)'),
      Flag.withDefault('0'),
    ),
    keepRuns: count('keep-runs', 'runs whose results stay, the newest first (default 10)', 1_000_000),
  },
  (config) =>
    toExitCode(async () =>
      (await import('./gc.ts')).gc({
        ...config,
        budget: bytesIn(config.budget)!, // the flag's filter has seen it
        keepRuns: Option.getOrElse(config.keepRuns, () => 10),
      }),
    ),
).pipe(Command.withDescription('Remove results that no pipeline, recent run or pin needs'))

const stat = Command.make('stat', ofStore, (config) => toExitCode(async () => (await import('./store.ts')).stat(config))).pipe(
  Command.withDescription('Show what the store holds and what it takes'),
)
const verify = Command.make('verify', ofStore, (config) => toExitCode(async () => (await import('./store.ts')).verify(config))).pipe(
  Command.withDescription('Read everything and say what is damaged; changes nothing'),
)
const repair = Command.make('repair', ofStore, (config) => toExitCode(async () => (await import('./store.ts')).repair(config))).pipe(
  Command.withDescription('Set damaged files aside, and make a damaged index anew'),
)
const what = Argument.String('RUN|STAGE').pipe(
  Argument.withDescription('a run (its number, or last) or a stage (its path or the end of it, 6 digits of its key, RUN:PATH)'),
)
const pin = Command.make('pin', { what, ...ofStore }, (config) => toExitCode(async () => (await import('./store.ts')).pin(config))).pipe(
  Command.withDescription('Keep results until they are unpinned'),
)
const unpin = Command.make('unpin', { what, ...ofStore }, (config) =>
  toExitCode(async () => (await import('./store.ts')).unpin(config)),
).pipe(Command.withDescription('Leave results to gc again'))

const end = (name: string, what: string) =>
  Argument.String(name).pipe(Argument.withDescription(`${what}: a folder, or a database as postgres://user@host/name`))
const copy = Command.make(
  'copy',
  {
    from: end('FROM', 'the store that has the results'),
    to: end('TO', 'the one that is to have them too'),
    objects: ofStore.objects,
    ...skinFlags,
  },
  (config) => toExitCode(async () => (await import('./store.ts')).copy(config)),
).pipe(Command.withDescription('Bring what one store has and another lacks into the other; goes on where it was interrupted'))

const store = Command.make('store').pipe(
  Command.withDescription('Maintain the store: stat, verify, repair, copy, pin, unpin'),
  Command.withSubcommands([stat, verify, repair, copy, pin, unpin]),
)

export const maintenanceCommands = [gc, store] as const
