/** Error messages of `pick`. */
import { type Facts, factsIn } from '../../../dsl/check/problem.ts'
import { codeFrame } from '../../format/code-frame.ts'
import { LoadProblem } from '../../problem.ts'

const problem = (title: string, facts: Facts, hint: string): LoadProblem => new LoadProblem({ title, facts: [...factsIn(facts)], hint })

const most = 8
const listed = (names: readonly string[]): string =>
  [...names.slice(0, most), ...(names.length > most ? [`… and ${names.length - most} more`] : [])].join('\n')

export const pickProblems = {
  nothingToChoose: (target: string) =>
    problem(
      `${target} has nothing to pick from.`,
      {},
      'Use a target with several arms: sweep({ sparsity: [0.5, 0.9] }, …) or compare({ … }). Seeds are averaged.',
    ),

  notMeasured: (target: string, missing: number, all: number) =>
    problem(
      missing === all ? `${target} has no results yet.` : `${missing} of the ${all} arms of ${target} have no result yet.`,
      {},
      `Run it first: espalier run ${target}`,
    ),

  noSuchMetric: (metric: string, known: readonly string[]) =>
    problem(`There is no metric '${metric}'.`, { 'choose by': known.join(', ') }, 'Use one of them: --best validation/accuracy'),

  noDirection: (metric: string, known: readonly string[]) =>
    problem(
      `The metric '${metric}' has no better direction.`,
      { 'choose by': known.join(', ') },
      'Use one of them: --best validation/accuracy',
    ),

  onTest: (metric: string) =>
    problem(
      `'${metric}' is measured on the test split. After selection by this metric, it is a biased estimate.`,
      {},
      `Select by validation and evaluate on test once: --best ${metric.replace(/(^|\/)test\/(calibrated-)?/, '$1validation/')}. --select-on-test allows it.`,
    ),

  notOfAll: (metric: string, arms: readonly string[]) =>
    problem(
      `'${metric}' was not measured for every arm.`,
      { 'not for': listed(arms) },
      'Use a metric that all arms have: --best validation/accuracy',
    ),

  notFinite: (metric: string, arms: readonly string[]) =>
    problem(
      `'${metric}' is not a finite number for every arm.`,
      { 'not for': listed(arms) },
      'Remove these arms from the study, or use another metric.',
    ),

  tie: (metric: string, mean: number, arms: readonly string[]) =>
    problem(
      `${arms.length} arms are tied.`,
      [
        [metric, String(mean)],
        ['arms', arms.join('\n')],
      ],
      'Use another metric, or more seeds.',
    ),

  /** The values are not literals in the call. */
  notWrittenOut: (what: string, at: string) =>
    problem(
      `The values of ${what} are not literals in the call, so \`pick\` cannot change them there.`,
      [['at', at], ...codeFrame(at)],
      'Write literals: sweep({ sparsity: [0.5, 0.9] }, …), compare({ dense: …, pruned: … }).',
    ),

  noPlace: (what: string) =>
    problem(
      `The call to ${what} was not found in a file of the project.`,
      {},
      'Call sweep() and compare() in the pipeline file, or in a file that it imports.',
    ),
}
