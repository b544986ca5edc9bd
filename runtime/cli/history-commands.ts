/** Flags and help of the commands that read what was run: runs, show, diff, logs. */
import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { runStatuses } from '../store/journal.ts'
import { count, storeFlags, toExitCode } from './flags.ts'
import { skinFlags } from './skin-flags.ts'

/** Of every command that is about a store, not about a pipeline file. */
export const ofStore = {
  ...storeFlags('default: .espalier beside the nearest package.json'),
  ...skinFlags,
}
const name = (word: string, description: string) => Argument.String(word).pipe(Argument.withDescription(description))
const runOrStage = 'a run (its number, or last) or a stage (its path or the end of it, 6 digits of its key, RUN:PATH)'

const runs = Command.make(
  'runs',
  {
    ...ofStore,
    status: Flag.Literals('status', runStatuses).pipe(Flag.withDescription('only those that ended so'), Flag.optional),
    file: Flag.String('file').pipe(Flag.withDescription("only those of pipelines with this in their file's path"), Flag.optional),
    last: count('last', 'how many, the newest first (default 20)', 1_000_000),
  },
  (config) =>
    toExitCode(async () =>
      (await import('./runs.ts')).runs({
        ...config,
        status: Option.getOrUndefined(config.status),
        file: Option.getOrUndefined(config.file),
        last: Option.getOrElse(config.last, () => 20),
      }),
    ),
).pipe(Command.withDescription('List what was run here'))

const show = Command.make('show', { what: name('RUN|STAGE', runOrStage), ...ofStore }, (config) =>
  toExitCode(async () => (await import('./show.ts')).show(config)),
).pipe(Command.withDescription('Show a run with its stages, or a stage with options, metrics, curves and files'))

const diff = Command.make('diff', { a: name('A', runOrStage), b: name('B', 'another one'), ...ofStore }, (config) =>
  toExitCode(async () => (await import('./diff.ts')).diff(config)),
).pipe(Command.withDescription('Put two runs or two stages side by side: options and metrics'))

const logs = Command.make(
  'logs',
  {
    stage: name('STAGE', 'a stage: its path or the end of it, 6 digits of its key, or RUN:PATH'),
    ...ofStore,
    follow: Flag.Boolean('follow').pipe(
      Flag.withAlias('f'),
      Flag.withDescription('go on showing what is written, until the stage has ended'),
      Flag.withDefault(false),
    ),
  },
  (config) => toExitCode(async () => (await import('./logs.ts')).logs(config)),
).pipe(Command.withDescription("Show a stage's log: how its attempts went and what its worker wrote"))

export const historyCommands = [runs, show, diff, logs] as const
