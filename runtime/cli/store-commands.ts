/** Flags and help of the commands about a store: what was run there, and its maintenance. */
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
  'List what was run here',
  [
    ['--last 5', 'the last five'],
    ['--status failed', 'those that failed'],
  ],
  {
    ...ofStore,
    status: maybe(Flag.Literals('status', runStatuses).pipe(Flag.withDescription('only those that ended so'))),
    file: maybe(Flag.String('file').pipe(Flag.withDescription("only those of pipelines with this in their file's path"))),
    last: whole('last', 'how many, the newest first (default 20)', 1, 1_000_000).pipe(Flag.withDefault(20)),
  },
  async () => (await import('./history.ts')).runs,
)
const show = command(
  'show',
  'Show a run with its stages, or a stage with options, metrics, curves and files',
  [
    ['last', 'the last run'],
    ['last --timeline', 'when each of its stages was computed'],
    ['seed=0/ticket/train --masks', 'which weights of a network are left'],
  ],
  {
    what,
    ...ofStore,
    metric: maybe(Flag.String('metric').pipe(Flag.withDescription('only metrics and curves with this in their names'))),
    arm: maybe(Flag.String('arm').pipe(Flag.withDescription('of a run, only arms with this in their names'))),
    timeline: switchFlag('timeline', 'of a run, when each stage was computed, and beside which others'),
    masks: switchFlag('masks', "of a stage, which of its network's weights are left, as pictures"),
    layer: maybe(Flag.String('layer').pipe(Flag.withDescription('of its masks, those of layers with this in their names'))),
  },
  async () => (await import('./history.ts')).show,
)
const diff = command(
  'diff',
  'Put two runs or two stages side by side: options and metrics',
  [
    ['3 4', 'two runs'],
    ['seed=0/dense/train seed=1/dense/train', 'two stages'],
  ],
  { a: argument('A', runOrStage), b: argument('B', 'another one'), ...ofStore },
  async () => (await import('./history.ts')).diff,
)
const logs = command(
  'logs',
  "Show a stage's log: how its attempts went and what its worker wrote",
  [['seed=0/dense/train --follow', 'until the stage ends']],
  {
    stage: argument('STAGE', 'a stage: its path or the end of it, 6 digits of its key, or RUN:PATH'),
    ...ofStore,
    follow: switchFlag('follow', 'go on showing what is written, until the stage has ended').pipe(Flag.withAlias('f')),
  },
  async () => (await import('./logs.ts')).logs,
)

const workers = command(
  'workers',
  'List who computes for this store: machine, stages, since when, and runs that nobody is attached to',
  [['--store postgres://me@host/espalier', 'who computes for this store']],
  ofStore,
  async () => (await import('./workers.ts')).workers,
)
const cancel = command(
  'cancel',
  'End a run that was left to the workers; what it has begun stops at a checkpoint',
  [['4f21c8a0 --store postgres://me@host/espalier', 'the run that workers lists so']],
  { run: argument('RUN', 'the beginning of its name, as espalier workers lists it'), ...ofStore },
  async () => (await import('./workers.ts')).cancel,
)

const gc = command(
  'gc',
  'Remove results that no pipeline, recent run or pin needs',
  [
    ['--dry-run', 'what would go'],
    ['--budget 20GB', 'keep up to 20 GB of what nothing needs'],
  ],
  {
    ...ofStore,
    dryRun: switchFlag('dry-run', 'say what would go and how much it is, and remove nothing'),
    budget: Flag.String('budget').pipe(
      Flag.filterMap(
        (text) => Option.fromUndefinedOr(bytesIn(text)),
        () => 'a size like 500MB, 20GB or 1.5TB',
      ),
      Flag.withDescription('keep what nothing needs too, the most recently needed first, up to this size in all (default 0)'),
      Flag.withDefault(0),
    ),
    keepRuns: whole('keep-runs', 'runs whose results stay, the newest first (default 10)', 1, 1_000_000).pipe(Flag.withDefault(10)),
  },
  async () => (await import('./store.ts')).gc,
)
const end = (name: string, which: string) => argument(name, `${which}: a folder, or a database as postgres://user@host/name`)
const store = Command.make('store').pipe(
  Command.withDescription('Maintain the store: stat, verify, repair, copy, pin, unpin'),
  Command.withSubcommands([
    command(
      'stat',
      'Show what the store holds and what it takes',
      [['', 'what the store takes']],
      ofStore,
      async () => (await import('./store.ts')).stat,
    ),
    command(
      'verify',
      'Read everything and say what is damaged; changes nothing',
      [['', 'read every file of the store']],
      ofStore,
      async () => (await import('./store.ts')).verify,
    ),
    command(
      'repair',
      'Set damaged files aside, and rebuild a damaged index',
      [['', 'after verify has found damage']],
      ofStore,
      async () => (await import('./store.ts')).repair,
    ),
    command(
      'copy',
      'Bring what one store has and another lacks into the other; goes on where it was interrupted',
      [['.espalier postgres://me@host/espalier --objects /shared/objects', 'from a folder into a shared store']],
      { from: end('FROM', 'the store that has the results'), to: end('TO', 'the one that is to have them too'), objects, ...skinFlags },
      async () => (await import('./store.ts')).copy,
    ),
    command(
      'pin',
      'Keep results until they are unpinned',
      [['last', 'what the last run came to']],
      { what, ...ofStore },
      async () => (await import('./store.ts')).pin,
    ),
    command(
      'unpin',
      'Leave results to gc again',
      [['last', 'leave it to gc again']],
      { what, ...ofStore },
      async () => (await import('./store.ts')).unpin,
    ),
  ]),
)

export const storeCommands = [runs, show, diff, logs, workers, cancel, gc, store] as const
