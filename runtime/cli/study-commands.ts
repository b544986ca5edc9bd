/** Flags and help of the commands that show what the store has of a study: figures, tables, a report, a page. */
import * as Flag from 'effect/cli/Flag'
import { barKinds, figureFormats } from '../figure/asked.ts'
import { spreads, tableFormatNames } from '../table/asked.ts'
import { command, common, maybe, maybeArgument, skinFlags, storesFlag, switchFlag, whole, word } from './flags.ts'

const plot = command(
  'plot',
  'Draw what the store has of a study; nothing is run',
  [
    ['first.pipeline.ts', 'in the terminal'],
    ['first.pipeline.ts --curve validation/accuracy --out curves.pdf', 'curves of the trainings, for a paper'],
  ],
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
  [
    ['first.pipeline.ts --out table.tex', 'for LaTeX'],
    ['first.pipeline.ts --metric test/accuracy,test/loss --by-seed', 'these metrics, a row for each seed'],
  ],
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
  [
    ['', "all runs of this project's store"],
    ['first.pipeline.ts --port 8080', 'a study too, at another port'],
  ],
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
  [['first.pipeline.ts --out study.html', 'one file to send']],
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
  'Write a finished study as a Workflow Run RO-Crate: its files, keys, commands and versions as linked data; nothing is run',
  [['first.pipeline.ts --out crate --license CC-BY-4.0', 'a folder for an archive']],
  {
    ...common,
    out: Flag.String('out').pipe(Flag.withAlias('o'), Flag.withDescription('the folder (default crate)'), Flag.withDefault('crate')),
    license: word('license', "the crate's licence, as SPDX names it (default: that of package.json)"),
  },
  async () => (await import('./crate.ts')).crate,
)

export const studyCommands = [plot, table, report, crate, ui] as const
