/** Flags and help of the commands about a store: its runs, and its maintenance. */
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { bytesIn } from '../format/size.ts'
import { runStatuses } from '../store/journal.ts'
import { argument, command, maybe, objects, ofStore, skinFlags, switchFlag, whole } from './flags.ts'

const runOrStage = 'a run (its number, or last) or a stage (its path or the end of it, 6 digits of its key, RUN:PATH)'
const what = argument('RUN|STAGE', runOrStage)

const runs = command(
  'runs',
  'List runs, newest first',
  [
    ['--last 5', 'the last five'],
    ['--status failed', 'failed runs'],
  ],
  {
    ...ofStore,
    status: maybe(Flag.Literals('status', runStatuses).pipe(Flag.withDescription('only runs with this status'))),
    file: maybe(Flag.String('file').pipe(Flag.withDescription('only runs with this text in the path of their pipeline file'))),
    last: whole('last', 'number of runs (default 20)', 1, 1_000_000).pipe(Flag.withDefault(20)),
  },
  async () => (await import('./history.ts')).runs,
)
const show = command(
  'show',
  'Show a run with its stages, or a stage with its options, metrics, curves and files',
  [
    ['last', 'the last run'],
    ['last --timeline', 'when each of its stages was computed'],
    ['seed=0/ticket/train --masks', 'which weights of a network remain'],
  ],
  {
    what,
    ...ofStore,
    metric: maybe(Flag.String('metric').pipe(Flag.withDescription('only metrics and curves with this text in their names'))),
    arm: maybe(Flag.String('arm').pipe(Flag.withDescription('for a run: only arms with this text in their names'))),
    timeline: switchFlag('timeline', 'for a run: when each stage ran, and in which slot'),
    masks: switchFlag('masks', 'for a stage: the masks of its network, as images'),
    layer: maybe(Flag.String('layer').pipe(Flag.withDescription('with --masks: only layers with this text in their names'))),
  },
  async () => (await import('./history.ts')).show,
)
const diff = command(
  'diff',
  'Compare two runs or two stages: results, options and metrics',
  [
    ['3 4', 'two runs'],
    ['seed=0/dense/train seed=1/dense/train', 'two stages'],
  ],
  { a: argument('A', runOrStage), b: argument('B', 'a run or stage to compare with A'), ...ofStore },
  async () => (await import('./history.ts')).diff,
)
const logs = command(
  'logs',
  "Show a stage's attempts and the output of its worker",
  [['seed=0/dense/train --follow', 'keep printing until the stage ends']],
  {
    stage: argument('STAGE', 'a stage: its path or the end of it, 6 digits of its key, or RUN:PATH'),
    ...ofStore,
    follow: switchFlag('follow', 'keep printing new output until the stage has ended').pipe(Flag.withAlias('f')),
  },
  async () => (await import('./logs.ts')).logs,
)

const workers = command(
  'workers',
  'List the workers of a store in a database, with machine, stages and start time, and its detached runs',
  [['--store postgres://me@host/espalier', 'the workers of this store']],
  ofStore,
  async () => (await import('./workers.ts')).workers,
)
const cancel = command(
  'cancel',
  'Cancel a detached run; its running stages stop at a checkpoint',
  [['4f21c8a0 --store postgres://me@host/espalier', 'the run listed under this name by espalier workers']],
  { run: argument('RUN', "the beginning of the run's name as listed by espalier workers"), ...ofStore },
  async () => (await import('./workers.ts')).cancel,
)

const gc = command(
  'gc',
  'Remove results that no pipeline, recent run or pin needs',
  [
    ['--dry-run', 'what would be removed'],
    ['--budget 20GB', 'also keep up to 20 GB of unneeded results'],
  ],
  {
    ...ofStore,
    dryRun: switchFlag('dry-run', 'show what would be removed and its size, without removing it'),
    budget: Flag.String('budget').pipe(
      Flag.filterMap(
        (text) => Option.fromUndefinedOr(bytesIn(text)),
        () => 'a size like 500MB, 20GB or 1.5TB',
      ),
      Flag.withDescription('also keep unneeded results up to this total size, most recently needed first (default 0)'),
      Flag.withDefault(0),
    ),
    keepRuns: whole('keep-runs', 'keep the results of this many newest runs (default 10)', 1, 1_000_000).pipe(Flag.withDefault(10)),
  },
  async () => (await import('./store.ts')).gc,
)
const end = (name: string, which: string) => argument(name, `${which}: a folder, or a database as postgres://user@host/name`)
const store = Command.make('store').pipe(
  Command.withDescription('Maintain the store: stat, verify, repair, copy, pin, unpin'),
  Command.withSubcommands([
    command(
      'stat',
      'Show the number and size of files, and results by kind',
      [['', "the store's size"]],
      ofStore,
      async () => (await import('./store.ts')).stat,
    ),
    command(
      'verify',
      'Read and check the whole store without changing it',
      [['', 'read every file of the store']],
      ofStore,
      async () => (await import('./store.ts')).verify,
    ),
    command(
      'repair',
      'Quarantine damaged files and rebuild a damaged index',
      [['', 'after verify has found damage']],
      ofStore,
      async () => (await import('./store.ts')).repair,
    ),
    command(
      'copy',
      'Copy the results that are in one store but not in another; an interrupted copy can be repeated',
      [['.espalier postgres://me@host/espalier --objects /shared/objects', 'from a folder into a shared store']],
      { from: end('FROM', 'the store that has the results'), to: end('TO', 'the store to copy them to'), objects, ...skinFlags },
      async () => (await import('./store.ts')).copy,
    ),
    command(
      'pin',
      'Keep results until they are unpinned',
      [['last', 'the results of the last run']],
      { what, ...ofStore },
      async () => (await import('./store.ts')).pin,
    ),
    command(
      'unpin',
      'Remove a pin',
      [['last', 'let gc remove its results again']],
      { what, ...ofStore },
      async () => (await import('./store.ts')).unpin,
    ),
  ]),
)

export const storeCommands = [runs, show, diff, logs, workers, cancel, gc, store] as const
