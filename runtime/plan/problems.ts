/** Every sentence the planner says when a plan cannot be made. */
import { show } from '../../dsl/check/at.ts'
import { shown } from '../../dsl/check/checks.ts'
import type { Misfit } from '../../dsl/check/form.ts'
import type { Fact, ProblemText } from '../../dsl/check/problem.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { bytes } from '../format/words.ts'
import { PlanProblem } from '../problem.ts'

export const planProblems = {
  /** What a key had, the computation might not know. */
  notDeclared: ({ path, kind, at }: Stage, { path: option, value, says }: Misfit) =>
    new PlanProblem({
      title: `A stage of kind ${kind} has an option that is not as it is declared.`,
      facts: [
        ['stage', path],
        ['option', option],
        ['value', shown(value)],
        ['allowed', says],
        ...(at === undefined ? [] : [['at', show(at)] as const]),
      ],
      hint: 'Make pipelines with the verbs of the language.',
    }),

  inputWithoutDigest: (path: string, role: string) =>
    new PlanProblem({
      title: 'A stage was given no input to make its key from.',
      facts: [
        ['stage', path],
        ['input', role],
      ],
      hint: 'Please report this as a bug of espalier.',
    }),

  dataWithoutDigest: (path: string, data: string) =>
    new PlanProblem({
      title: 'A stage reads a data set whose content is not known.',
      facts: [
        ['stage', path],
        ['data', data],
      ],
      hint: 'Please report this as a bug of espalier.',
    }),

  unknownInput: (path: string, role: string, stage: string) =>
    new PlanProblem({
      title: 'A stage takes its input from one that does not come before it.',
      facts: [
        ['stage', path],
        ['input', role],
        ['from', stage],
      ],
      hint: 'Please report this as a bug of espalier.',
    }),

  noStage: (name: string, near: readonly string[], all: readonly string[]) =>
    new PlanProblem({
      title: `There is no stage called '${name}'.`,
      facts: near.length > 0 ? [] : [['stages', listed(all)]],
      hint: near.length > 0 ? `Did you mean ${near.slice(0, shownAtMost).join(' or ')}?` : 'espalier plan lists all of them.',
    }),

  severalStages: (name: string, paths: readonly string[]) =>
    new PlanProblem({
      title: `'${name}' fits ${paths.length} stages.`,
      facts: [['stages', listed(paths)]],
      hint: 'Write more of the path.',
    }),

  beyondEnd: ({ path, at }: Pick<Stage, 'path' | 'at'>, step: number, training: string, end: number) =>
    new PlanProblem({
      title: `Step ${step} lies beyond the training, which ends at step ${end}.`,
      facts: [['stage', path], ['training', training], ...(at === undefined ? [] : [['at', show(at)] as const])],
      hint: `Take a step before ${end}; an epoch has as many as there are whole batches.`,
    }),

  batchTooLarge: (stage: Placed, batch: number, examples: number) =>
    new PlanProblem({
      title: `A batch of ${batch} is more than the ${examples} training examples there are.`,
      facts: placed(stage),
      hint: `Make batch at most ${examples}: task({ batch }).`,
    }),

  /** What a stage would fail with. */
  wouldFail: (stage: Placed, { title, facts, hint }: ProblemText) => new PlanProblem({ title, facts: [...placed(stage), ...facts], hint }),

  /** A warning. */
  neverWarm: (stage: Placed, warmup: number, epochs: number): ProblemText => ({
    title: `The warm-up takes ${warmup} ${warmup === 1 ? 'epoch' : 'epochs'} and the training ends after ${epochs}: it never comes to its peak rate.`,
    facts: placed(stage),
    hint: 'Shorten warmup(), or train longer.',
  }),

  /** A warning. */
  neverDrops: (stage: Placed, first: number, epochs: number): ProblemText => ({
    title: `The learning rate is to drop at epoch ${first}, and the training ends at epoch ${epochs}.`,
    facts: placed(stage),
    hint: 'Drop earlier, at: { fractions: [0.5, 0.75] } say, or train longer.',
  }),

  /** A warning. */
  slimmingWithoutPenalty: (stage: Placed): ProblemText => ({
    title: 'slimming() removes the channels with the smallest scales, and no training before it has made any of them small.',
    facts: placed(stage),
    hint: 'Train with gammaL1 first, for example train({ gammaL1: 1e-4 }).',
  }),

  seedIgnored: (stage: Placed | undefined, arm: string, seeds: number) =>
    new PlanProblem({
      title: `${seeds} seeds give the same pipeline: it does not use its seed.`,
      facts: [...(stage === undefined ? [] : placed(stage)), ...(arm === '' ? [] : [['arm', arm] as const])],
      hint: 'Pass it on: seeds(3, (seed) => train({ seed }))',
    }),

  moreMemoryThanThereIs: ({ path, at }: Pick<Stage, 'path' | 'at'>, asked: number, there: number) =>
    new PlanProblem({
      title: `A stage asks for more memory than there is.`,
      facts: [
        ['stage', path],
        ...(at === undefined ? [] : [['at', show(at)] as const]),
        ['asks for', bytes(asked)],
        ['memory of the machine', bytes(there)],
      ],
      hint: 'Ask for less (resources: { memory }), make batch or network smaller, or run it on a larger machine.',
    }),

  /** A warning. */
  checkpointIgnored: (
    { path, at }: Placed,
    { ignored, step }: { readonly ignored: readonly string[]; readonly step?: number },
  ): ProblemText => ({
    title: `${path}: ${ignored.join('; ')}.`,
    facts: at === undefined ? [] : [['at', show(at)]],
    hint: step !== undefined ? `It continues at step ${step}.` : 'It starts over.',
  }),

  badCount: (option: string, value: number) =>
    new PlanProblem({
      title: `${option} is ${value}; a whole number of at least 1 is meant.`,
      facts: [],
      hint: `For example: ${option} 1`,
    }),
}

type Placed = Pick<Stage, 'path' | 'at'>

const placed = ({ path, at }: Placed): Fact[] => [['stage', path], ...(at === undefined ? [] : [['at', show(at)] as const])]

const shownAtMost = 12

/** A line each. */
function listed(paths: readonly string[]): string {
  const rest = paths.length - shownAtMost
  return [...paths.slice(0, shownAtMost), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
}
