/** Errors of plots and tables. */
import type { Fact } from '../../dsl/check/problem.ts'
import { LoadProblem } from '../problem.ts'

const problem = (title: string, facts: readonly Fact[], hint: string): LoadProblem =>
  new LoadProblem({ title, facts: facts.map(([label, value]) => [label, value] as const), hint })

/** Without the densities of single layers, which --layers plots. */
const listed = (names: readonly string[]): string =>
  names
    .filter((name) => !name.startsWith('density/'))
    .sort()
    .join(', ')
const fact = (label: string, names: readonly string[]): Fact[] => (names.length === 0 ? [] : [[label, listed(names)]])

export const plotProblems = {
  noResults: (file: string, arms: number) =>
    problem(
      `${file} has no results yet.`,
      [['arms', String(arms)]],
      `Run it first: espalier run ${file}. If it was run with --set or another --store, --engine or --threads, give the same here.`,
    ),

  noMetric: (name: string, metrics: readonly string[]) =>
    problem(`There is no metric '${name}'.`, fact('metrics', metrics), 'Use one of them: --y test/accuracy'),

  noMeasure: (name: string, axes: readonly string[], metrics: readonly string[]) =>
    problem(
      `There is no metric and no numeric axis called '${name}'.`,
      [...fact('varied', axes), ...fact('metrics', metrics)],
      'Name one of them: --x compressionRatio',
    ),

  noAxis: (name: string, axes: readonly string[]) =>
    problem(
      `The arms of the study do not differ in '${name}'.`,
      fact('they differ in', axes),
      axes.length === 0 ? 'Leave --by out.' : 'Name one or several of them: --by arm',
    ),

  noCurve: (file: string, name: string, series: readonly string[]) =>
    problem(
      `No training of these arms has a curve called '${name}'.`,
      fact('curves', series),
      series.length === 0 ? `Run it first: espalier run ${file}` : 'Name one of them: --curve train/loss',
    ),

  noStage: (name: string, stages: readonly string[]) =>
    problem(`No arm has a training called '${name}'.`, fact('trainings', stages), 'Name one of them: --stage train'),

  noFormat: (out: string, formats: readonly string[]) =>
    problem(`The name ${out} does not say in which format to write.`, [['formats', formats.join(', ')]], `Add it: --format ${formats[0]}`),

  twoDrawings: (one: string, other: string) => problem(`--${one} and --${other} cannot be combined.`, [], 'Use only one of them.'),

  notWritten: (out: string, why: string) =>
    problem(`${out} cannot be written.`, [['because', why]], 'Name a file in a folder that is there.'),

  noLayers: (file: string) =>
    problem(
      `No arm of ${file} has layers of which anything is removed.`,
      [],
      'Densities of layers are measured where weights were pruned; without --layers other measures are drawn.',
    ),
}
