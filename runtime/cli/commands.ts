/** The command line: its words, flags and help. What they do is in the files beside this one, loaded when they are needed. */

import * as Argument from 'effect/cli/Argument'
import * as Command from 'effect/cli/Command'
import * as Flag from 'effect/cli/Flag'
import * as Option from 'effect/Option'
import { barKinds, figureFormats } from '../figure/asked.ts'
import { dataCommand } from './data-commands.ts'
import { count, loadTimeout, parameters, pipelineFile, seconds, storeFlags, switchFlag, toExitCode } from './flags.ts'
import { historyCommands, ofStore } from './history-commands.ts'
import { maintenanceCommands } from './maintenance-commands.ts'
import { projectCommands } from './project-commands.ts'
import { skinFlags } from './skin-flags.ts'

const common = {
  file: pipelineFile('a pipeline file, or FILE#target for one of its exports'),
  ...storeFlags("default: .espalier beside the file's package.json"),
  slots: count('slots', 'stages run at once (default: from the cores and the width of the graph)'),
  threads: count('threads', 'threads a stage computes with (default: likewise); results depend on it in their last bits'),
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
  xla: Flag.Boolean('xla').pipe(
    Flag.withDescription(
      'compile training steps with XLA (default on a GPU; --no-xla): faster for networks without convolutions; results differ in their last bits',
    ),
    Flag.optional,
  ),
  loadTimeout,
  noCheck: switchFlag('no-check', "do not check the file's types first"),
}
const given = <
  C extends {
    readonly slots: Option.Option<number>
    readonly threads: Option.Option<number>
    readonly xla: Option.Option<boolean>
  },
>(
  config: C,
) => ({
  ...config,
  slots: Option.getOrUndefined(config.slots),
  threads: Option.getOrUndefined(config.threads),
  xla: Option.getOrUndefined(config.xla),
})

const otlp = Flag.String('otlp').pipe(
  Flag.filter(
    (text) => ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? ''),
    () => 'an http or https address, such as http://127.0.0.1:4318',
  ),
  Flag.withDescription('send a span for the run and for each stage to this receiver of OpenTelemetry (OTLP over HTTP, JSON)'),
  Flag.optional,
)

const run = Command.make(
  'run',
  {
    ...common,
    ...skinFlags,
    checkpointEvery: seconds('checkpoint-every', 30, 'seconds between checkpoints of a training'),
    retries: Flag.Int('retries').pipe(
      Flag.filter(
        (value) => value >= 0 && value <= 1000,
        () => 'a whole number from 0 to 1000',
      ),
      Flag.withDescription('retries of transient failures: a lost worker, out of memory (default 3)'),
      Flag.withDefault(3),
    ),
    failFast: switchFlag('fail-fast', 'stop at the first stage that fails; those that run stop at a checkpoint'),
    verify: switchFlag('verify', 'read every result that is found before it is used, and compute anew what is damaged'),
    quiet: switchFlag('quiet', 'say only what goes wrong, and show the table at the end').pipe(Flag.withAlias('q')),
    csv: switchFlag('csv', 'say only what goes wrong, and give the results as CSV at the end: a row for each arm and seed'),
    otlp,
  },
  (config) => toExitCode(async () => (await import('./run.ts')).run({ ...given(config), otlp: Option.getOrUndefined(config.otlp) })),
).pipe(Command.withDescription('Run what is not in the store yet, then show the results'))

const watch = Command.make(
  'watch',
  { ...common, checkpointEvery: seconds('checkpoint-every', 30, 'seconds between checkpoints of a training'), otlp },
  (config) => toExitCode(async () => (await import('./watch.ts')).watch({ ...given(config), otlp: Option.getOrUndefined(config.otlp) })),
).pipe(Command.withDescription('Run the file, and at every save what the edit changes'))

const plan = Command.make(
  'plan',
  {
    ...common,
    ...skinFlags,
    mermaid: switchFlag('mermaid', 'the graph of stages for Mermaid; seeds and arms that are alike are drawn once'),
    dot: switchFlag('dot', 'the same for Graphviz'),
  },
  (config) => toExitCode(async () => (await import('./plan.ts')).plan(given(config))),
).pipe(Command.withDescription('Show what a run would do, and why'))

const stage = Argument.String('STAGE').pipe(Argument.withDescription("a stage's path, its beginning, or a part of it that no other has"))
const why = Command.make('why', { ...common, ...skinFlags, stage }, (config) =>
  toExitCode(async () => (await import('./why.ts')).why(given(config))),
).pipe(Command.withDescription("Show what differs in a stage's key from the nearest earlier result"))

const build = Argument.Literals('BUILD', ['cpu', 'cuda']).pipe(
  Argument.withDescription('cpu (default), or cuda for NVIDIA GPUs: 3.4 GB to download'),
  Argument.withDefault('cpu'),
)
const pick = Command.make(
  'pick',
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
  (config) => toExitCode(async () => (await import('./pick.ts')).pick(given(config))),
).pipe(Command.withDescription("Write the values of a study's best arm into the source, in place of all that was tried"))

const word = (name: string, description: string) => Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)
const plot = Command.make(
  'plot',
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
    format: Flag.Literals('format', figureFormats).pipe(
      Flag.withDescription("the figure's format (default: as the file's name ends)"),
      Flag.optional,
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
  ({ x, y, by, curve, stage, out, format, ...config }) =>
    toExitCode(async () =>
      (await import('./plot.ts')).plot({
        ...given(config),
        x: Option.getOrUndefined(x),
        y: Option.getOrUndefined(y),
        by: Option.getOrUndefined(by),
        curve: Option.getOrUndefined(curve),
        stage: Option.getOrUndefined(stage),
        out: Option.getOrUndefined(out),
        format: Option.getOrUndefined(format),
      }),
    ),
).pipe(Command.withDescription('Draw what the store has of a study; nothing is run'))

const { device: on, engine: by, xla: compiled } = common
const summary = Command.make(
  'summary',
  {
    ...ofStore,
    what: Argument.String('FILE|STAGE').pipe(
      Argument.withDescription(
        'a pipeline file (or FILE#target), or a stage that is finished: its path or the end of it, 6 digits of its key, RUN:PATH',
      ),
    ),
    set: parameters,
    loadTimeout,
    latency: switchFlag('latency', "measure how long a stage's network takes on this machine"),
    threads: count('threads', 'threads to measure with (default 1)'),
    device: on,
    engine: by,
    xla: compiled,
  },
  (config) =>
    toExitCode(async () =>
      (await import('./summary.ts')).summary({
        ...config,
        xla: Option.getOrUndefined(config.xla),
        threads: Option.getOrElse(config.threads, () => 1),
      }),
    ),
).pipe(Command.withDescription("Show a network's parameters and operations, layer by layer, and what is left of them"))

const install = Command.make(
  'install',
  { build, ifMissing: switchFlag('if-missing', 'say and do nothing when that build is found') },
  ({ build, ifMissing }) => toExitCode(async () => (await import('./engine.ts')).install({ ifMissing, cuda: build === 'cuda' })),
).pipe(Command.withDescription('Fetch the TensorFlow library into the cache folder'))

const { device, engine: which, xla } = common
const status = Command.make('status', { device, engine: which, xla, ...skinFlags }, (config) =>
  toExitCode(async () => (await import('./engine.ts')).status({ ...config, xla: Option.getOrUndefined(config.xla) })),
).pipe(Command.withDescription('Show which engines there are, which is used, whether it works, and how fast it trains'))

const doctor = Command.make('doctor', ofStore, (config) => toExitCode(async () => (await import('./doctor.ts')).doctor(config))).pipe(
  Command.withDescription('Look at everything a run needs, and say what to do about what is wrong'),
)

const engine = Command.make('engine').pipe(
  Command.withDescription('What computes: status, install'),
  Command.withSubcommands([status, install]),
)

export const espalier = Command.make('espalier').pipe(
  Command.withDescription('Train, prune, rewind, distil: typed pipelines of network compression, cached and resumable'),
  Command.withSubcommands([
    ...projectCommands,
    run,
    watch,
    plan,
    why,
    pick,
    plot,
    summary,
    ...historyCommands,
    ...maintenanceCommands,
    dataCommand,
    engine,
    doctor,
  ]),
)
