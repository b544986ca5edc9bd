/** Every sentence about a study that nothing can be picked from. */
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
      `There is nothing to pick from in ${target}.`,
      {},
      'Name a target that tries several things: sweep({ sparsity: [0.5, 0.9] }, …) or compare({ … }). Seeds are averaged over.',
    ),

  notMeasured: (target: string, missing: number, all: number) =>
    problem(
      missing === all ? `${target} has no results yet.` : `${missing} of the ${all} arms of ${target} have no result yet.`,
      {},
      `Run it first: espalier run ${target}`,
    ),

  noSuchMetric: (metric: string, known: readonly string[]) =>
    problem(`Nothing called '${metric}' was measured.`, { 'choose by': known.join(', ') }, 'Name one of them: --best validation/accuracy'),

  noDirection: (metric: string, known: readonly string[]) =>
    problem(
      `Whether more or less of '${metric}' is better is not known.`,
      { 'choose by': known.join(', ') },
      'Name one of them: --best validation/accuracy',
    ),

  onTest: (metric: string) =>
    problem(
      `'${metric}' is of the test split: of an arm that was chosen by it, it is no fair estimate any more.`,
      {},
      `Choose by validation and read test once: --best ${metric.replace(/(^|\/)test\/(calibrated-)?/, '$1validation/')}. --select-on-test chooses by it all the same.`,
    ),

  notOfAll: (metric: string, arms: readonly string[]) =>
    problem(
      `'${metric}' was not measured for every arm.`,
      { 'not for': listed(arms) },
      'Choose by a metric that all have: --best validation/accuracy',
    ),

  notFinite: (metric: string, arms: readonly string[]) =>
    problem(
      `'${metric}' is not a finite number for every arm.`,
      { 'not for': listed(arms) },
      'Take these arms out of the study, or choose by another metric.',
    ),

  tie: (metric: string, mean: number, arms: readonly string[]) =>
    problem(
      `${arms.length} arms did equally well.`,
      [
        [metric, String(mean)],
        ['arms', arms.join('\n')],
      ],
      'Choose by another measure, or over more seeds.',
    ),

  /** The values come from somewhere else than the call. */
  notWrittenOut: (what: string, at: string) =>
    problem(
      `The values of ${what} are not written in the call, so that none can be picked there.`,
      [['at', at], ...codeFrame(at)],
      'Write them out: sweep({ sparsity: [0.5, 0.9] }, …), compare({ dense: …, pruned: … }).',
    ),

  noPlace: (what: string) =>
    problem(
      `The call of ${what} was not found in a file of the project.`,
      {},
      'Call sweep() and compare() in the pipeline file, or in a file that it imports.',
    ),
}
