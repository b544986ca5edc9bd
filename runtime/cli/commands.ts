/** The command line: its words, flags and help. What they do is in the files beside this one, loaded when they are needed. */

import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import { executorNames } from '../execution/executor-names.ts'
import { barKinds, figureFormats } from '../figure/asked.ts'
import { spreads, tableFormatNames } from '../table/asked.ts'
import {
  argument,
  command,
  loadTimeout,
  maybe,
  maybeArgument,
  ofStore,
  parameters,
  seconds,
  storeFlags,
  storesFlag,
  switchFlag,
  whole,
} from './flags.ts'
import { showing, skinFlags } from './skins.ts'
import { slurmFlags } from './slurm.ts'
import { storeCommands } from './store-commands.ts'

const common = {
  file: argument('FILE', "a pipeline file, FILE#target for one of its exports, or 'FILE#*' for all of them"),
  ...storeFlags("default: .espalier beside the file's package.json"),
  slots: maybe(whole('slots', 'stages run at once (default: from the cores and the width of the graph)', 1, 1024)),
  threads: maybe(whole('threads', 'threads a stage computes with (default: likewise); results depend on it in their last bits', 1, 1024)),
  set: parameters,
  engine: Flag.Literals('engine', ['auto', 'tensorflow', 'portable']).pipe(
    Flag.withDescription('what computes: the TensorFlow library, or the slower portable engine where that is not installed (default auto)'),
    Flag.withDefault('auto'),
  ),
  device: Flag.Literals('device', ['auto', 'cpu', 'gpu']).pipe(
    Flag.withDescription(
      'where stages are computed: on NVIDIA GPUs, one stage each, or on the processor (default auto: GPUs that can be used)',
    ),
    Flag.withDefault('auto'),
  ),
  xla: maybe(
    Flag.Boolean('xla').pipe(
      Flag.withDescription(
        'compile training steps with XLA (default on a GPU; --no-xla): faster for networks without convolutions; results differ in their last bits',
      ),
    ),
  ),
  loadTimeout,
  noCheck: switchFlag('no-check', "do not check the file's types first"),
}
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

const word = (name: string, description: string) => maybe(Flag.String(name).pipe(Flag.withDescription(description)))

const run = command(
  'run',
  'Run what is not in the store yet, then show the results',
  {
    ...common,
    ...skinFlags,
    checkpointEvery,
    retries: whole('retries', 'retries of transient failures: a lost worker, out of memory (default 3)', 0, 1000).pipe(Flag.withDefault(3)),
    only: word('only', 'only arms with this in their names, with all that they need; * stands for anything'),
    force: switchFlag('force', 'compute again what is in the store: it is forgotten first'),
    failFast: switchFlag('fail-fast', 'stop at the first stage that fails; those that run stop at a checkpoint'),
    verify: switchFlag('verify', 'read every result that is found before it is used, and compute anew what is damaged'),
    quiet: switchFlag('quiet', 'say only what goes wrong, and show the table at the end').pipe(Flag.withAlias('q')),
    ...slurmFlags,
    csv: switchFlag('csv', 'say only what goes wrong, and give the results as CSV at the end: a row for each arm and seed'),
    otlp,
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
  { ...common, checkpointEvery, otlp },
  async () => (await import('./watch.ts')).watch,
)
const plan = command(
  'plan',
  'Show what a run would do, and why',
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
  { ...common, ...skinFlags, stage: argument('STAGE', "a stage's path, its beginning, or a part of it that no other has") },
  async () => (await import('./plan.ts')).why,
)
const pick = command(
  'pick',
  "Write the values of a study's best arm into the source, in place of all that was tried",
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

const plot = command(
  'plot',
  'Draw what the store has of a study; nothing is run',
  {
    ...common,
    ...skinFlags,
    x: word('x', 'a metric, or what the study varies (default: the compression ratio where arms differ in it)'),
    y: word('y', 'a metric (default test/accuracy)'),
    by: word('by', 'what tells lines apart, with commas between: arm,sparsity (default: all that the study varies but one)'),
    curve: word('curve', 'draw this curve of trainings instead: train/loss, validation/accuracy'),
    stage: word('stage', "which training's: train, finetune#2 (default: of each arm the last that has the curve)"),
    layers: switchFlag('layers', 'draw what is left of each layer instead'),
    out: word('out', 'write a figure to this file (default: text in the terminal)'),
    format: maybe(
      Flag.Literals('format', figureFormats).pipe(Flag.withDescription("the figure's format (default: as the file's name ends)")),
    ),
    width: Flag.Finite('width').pipe(
      Flag.filter(
        (value) => value >= 40 && value <= 400,
        () => 'a number of millimetres, from 40 to 400',
      ),
      Flag.withDescription("the figure's width in millimetres (default 85, a column)"),
      Flag.withDefault(85),
    ),
    bars: Flag.Literals('bars', barKinds).pipe(
      Flag.withDescription(
        'around a mean over seeds: sample standard deviation, 95 % interval of the mean, least and most (default deviation)',
      ),
      Flag.withDefault('deviation'),
    ),
  },
  async () => (await import('./plot.ts')).plot,
)

const table = command(
  'table',
  'Write the table of what the store has of a study, for papers and other programs; nothing is run',
  {
    ...common,
    metric: word('metric', 'these metrics, with commas between them (default: those of the table at the end of a run)'),
    spread: Flag.Literals('spread', spreads).pipe(
      Flag.withDescription('beside a mean over seeds: sample standard deviation, 95 % interval of the mean (default deviation)'),
      Flag.withDefault('deviation'),
    ),
    bySeed: switchFlag('by-seed', 'a row for each seed instead of one over them'),
    format: maybe(
      Flag.Literals('format', tableFormatNames).pipe(
        Flag.withDescription("of the table (default: as the file's name ends, else markdown)"),
      ),
    ),
    out: word('out', 'write it to this file (default: the standard output)'),
  },
  async () => (await import('./table.ts')).table,
)

const { file: _file, store: _store, noCheck: _noCheck, ...planning } = common
const ui = command(
  'ui',
  'Serve a page of runs, studies, graphs and stages, for this machine alone',
  {
    file: maybeArgument('FILE', 'a pipeline file, or FILE#target: its study and its graph'),
    store: storesFlag,
    ...planning,
    port: whole('port', 'where it listens on 127.0.0.1 (default 4870; 0: any that is free)', 0, 65535).pipe(Flag.withDefault(4870)),
  },
  async () => (await import('./ui.ts')).ui,
)

const report = command(
  'report',
  'Write a study as one HTML file to send: results, plots, recipe, digests; nothing is run',
  {
    ...common,
    out: Flag.String('out').pipe(
      Flag.withAlias('o'),
      Flag.withDescription('the file (default report.html)'),
      Flag.withDefault('report.html'),
    ),
  },
  async () => (await import('./report.ts')).report,
)

const { device, engine, xla } = common
const summary = command(
  'summary',
  "Show a network's parameters and operations, layer by layer, and what is left of them",
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
  { file: argument('FILE', 'a pipeline file'), set: parameters, loadTimeout, ...skinFlags },
  showing('targets', async () => (await import('../project/targets.ts')).targetsIn),
)
const init = command(
  'init',
  'Write a starter project: package.json, tsconfig.json, a first pipeline; never over a file that is there',
  { folder: argument('FOLDER', 'where (default: here)').pipe(Argument.withDefault('.')) },
  async () => (await import('./init.ts')).init,
)
const doctor = command(
  'doctor',
  'Look at everything a run needs, and say what to do about what is wrong',
  ofStore,
  async () => (await import('./doctor.ts')).doctor,
)

const worker = command(
  'worker',
  'Compute stages of runs on other machines, for a store in a database, until it is ended: Ctrl-C hands back what it has begun',
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
      { device, engine, xla, ...skinFlags },
      async () => (await import('./engine.ts')).status,
    ),
    command(
      'install',
      'Fetch the TensorFlow library into the cache folder',
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
      skinFlags,
      showing('data-sets', async () => (await import('../data/known.ts')).dataSets),
    ),
    command(
      'fetch',
      'Fetch a data set into the data folder: the Parquet files for hub(NAME, …), or cifar10',
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
    plot,
    table,
    report,
    ui,
    summary,
    worker,
    ...storeCommands,
    dataCommand,
    engineCommand,
    doctor,
  ]),
)
