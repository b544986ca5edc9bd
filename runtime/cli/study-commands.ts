/** Flags and help of the commands that show a study's results in the store: figures, tables, a report, a page. */
import * as Flag from 'effect/cli/Flag'
import { barKinds, figureFormats } from '../figure/asked.ts'
import { spreads, tableFormatNames } from '../table/asked.ts'
import { command, common, maybe, maybeArgument, skinFlags, storesFlag, switchFlag, whole, word } from './flags.ts'

const plot = command(
  'plot',
  'Plot the stored results of a study; runs no stages',
  [
    ['first.pipeline.ts', 'in the terminal'],
    ['first.pipeline.ts --curve validation/accuracy --out curves.pdf', 'training curves, for a paper'],
  ],
  {
    ...common,
    ...skinFlags,
    x: word('x', 'a metric, or an axis of the study (default: the compression ratio if it differs between arms)'),
    y: word('y', 'a metric (default test/accuracy)'),
    by: word('by', 'axes that distinguish lines, separated by commas: arm,sparsity (default: all except x)'),
    curve: word('curve', 'plot this training curve instead: train/loss, validation/accuracy'),
    stage: word('stage', 'the training stage to plot: train, finetune#2 (default: the last training stage of each arm that has the curve)'),
    layers: switchFlag('layers', 'plot the density of each layer instead'),
    out: word('out', 'write a figure to this file (default: text in the terminal)'),
    format: maybe(
      Flag.Literals('format', figureFormats).pipe(Flag.withDescription("the figure's format (default: by the file's extension)")),
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
        'error bars over seeds: sample standard deviation, 95 % confidence interval of the mean, minimum and maximum (default deviation)',
      ),
      Flag.withDefault('deviation'),
    ),
  },
  async () => (await import('./plot.ts')).plot,
)

const table = command(
  'table',
  'Write a table of the stored results of a study, for a paper or another program; runs no stages',
  [
    ['first.pipeline.ts --out table.tex', 'for LaTeX'],
    ['first.pipeline.ts --metric test/accuracy,test/loss --by-seed', 'selected metrics, one row per seed'],
  ],
  {
    ...common,
    metric: word('metric', 'metrics to include, separated by commas (default: those of the table at the end of a run)'),
    spread: Flag.Literals('spread', spreads).pipe(
      Flag.withDescription('spread over seeds: sample standard deviation, or 95 % confidence interval of the mean (default deviation)'),
      Flag.withDefault('deviation'),
    ),
    bySeed: switchFlag('by-seed', 'one row per seed instead of one over all seeds'),
    format: maybe(
      Flag.Literals('format', tableFormatNames).pipe(
        Flag.withDescription("the table's format (default: by the file's extension, otherwise markdown)"),
      ),
    ),
    out: word('out', 'write the table to this file (default: standard output)'),
  },
  async () => (await import('./table.ts')).table,
)

const { file: _file, store: _store, noCheck: _noCheck, ...planning } = common
const ui = command(
  'ui',
  'Serve a page with runs, studies, graphs and stages on this machine',
  [
    ['', "all runs of this project's store"],
    ['first.pipeline.ts --port 8080', 'also a study, on another port'],
  ],
  {
    file: maybeArgument('FILE', 'a pipeline file, or FILE#target, to show with its study and graph'),
    store: storesFlag,
    ...planning,
    port: whole('port', 'port to listen on at 127.0.0.1 (default 4870; 0 for any free port)', 0, 65535).pipe(Flag.withDefault(4870)),
  },
  async () => (await import('./ui.ts')).ui,
)

const report = command(
  'report',
  'Write a study as one HTML file: results, plots, recipe, digests; runs no stages',
  [['first.pipeline.ts --out study.html', 'one file to share']],
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

const crate = command(
  'crate',
  'Write a finished study as a Workflow Run RO-Crate: its files, keys, commands and versions as linked data; runs no stages',
  [['first.pipeline.ts --out crate --license CC-BY-4.0', 'a folder for an archive']],
  {
    ...common,
    out: Flag.String('out').pipe(Flag.withAlias('o'), Flag.withDescription('the folder (default crate)'), Flag.withDefault('crate')),
    license: word('license', "SPDX identifier of the crate's licence (default: the licence in package.json)"),
  },
  async () => (await import('./crate.ts')).crate,
)

export const studyCommands = [plot, table, report, crate, ui] as const
