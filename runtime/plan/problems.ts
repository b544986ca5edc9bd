/** Texts of the planner's errors and warnings. */
import { show } from '../../dsl/check/at.ts'
import { shown } from '../../dsl/check/checks.ts'
import type { Misfit } from '../../dsl/check/form.ts'
import { type Facts, factsIn, type ProblemText } from '../../dsl/check/problem.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { bytes } from '../format/words.ts'
import { PlanProblem } from '../problem.ts'

const problem = (title: string, facts: Facts, hint: string) => new PlanProblem({ title, facts: [...factsIn(facts)], hint })
const warning = (title: string, facts: Facts, hint: string): ProblemText => ({ title, facts: factsIn(facts), hint })
const bug = 'Please report this as a bug of espalier.'

export const planProblems = {
  /** An undeclared option would be in the key, but might be ignored by the computation. */
  notDeclared: (stage: Stage, { path, value, says }: Misfit) =>
    problem(
      `A stage of kind ${stage.kind} has an option that is not as it is declared.`,
      { stage: stage.path, option: path, value: shown(value), allowed: says, at: placeOf(stage) },
      'Make pipelines with the verbs of the language.',
    ),

  inputWithoutDigest: (stage: string, input: string) => problem('A stage was given no input to make its key from.', { stage, input }, bug),

  dataWithoutDigest: (stage: string, data: string) => problem('A stage reads a data set whose content is not known.', { stage, data }, bug),

  unknownInput: (stage: string, input: string, from: string) =>
    problem('A stage takes its input from one that does not come before it.', { stage, input, from }, bug),

  noStage: (name: string, near: readonly string[], all: readonly string[]) =>
    problem(
      `There is no stage called '${name}'.`,
      { stages: near.length > 0 ? undefined : listed(all) },
      near.length > 0 ? `Did you mean ${near.slice(0, shownAtMost).join(' or ')}?` : 'espalier plan lists all of them.',
    ),

  noArm: (pattern: string, arms: readonly string[]) =>
    problem(
      `No arm has '${pattern}' in its name.`,
      { arms: listed(arms) },
      'Write a part of one of them; * stands for anything: --only seed=0/*',
    ),

  severalStages: (name: string, paths: readonly string[]) =>
    problem(`'${name}' matches ${paths.length} stages.`, { stages: listed(paths) }, 'Be more specific: write more of the path.'),

  beyondEnd: (stage: Placed, step: number, training: string, end: number) =>
    problem(
      `Step ${step} lies beyond the training, which ends at step ${end}.`,
      { stage: stage.path, training, at: placeOf(stage) },
      `Take a step before ${end}; an epoch has as many as there are whole batches.`,
    ),

  batchTooLarge: (stage: Placed, batch: number, examples: number) =>
    problem(
      `A batch of ${batch} is more than the ${examples} training examples there are.`,
      placed(stage),
      `Make batch at most ${examples}: task({ batch }).`,
    ),

  otherImages: (stage: Placed, network: readonly number[], data: { readonly name: string; readonly input: readonly number[] }) =>
    problem(
      'The network reads examples of another shape than the data have.',
      { ...placed(stage), network: network.join(' × '), [`data ${data.name}`]: data.input.join(' × ') },
      'Make the network for examples of this shape, or take other data; networks of the library take the shape of arrays, not of what a function gives.',
    ),

  otherSequences: (
    stage: Placed,
    network: { readonly reads: readonly (number | null)[]; readonly gives: readonly (number | null)[] },
    { length, vocabulary }: { readonly length: number; readonly vocabulary: number },
  ) =>
    problem(
      `The network does not predict the next token at each place of sequences of ${length}.`,
      { ...placed(stage), ...Object.fromEntries(Object.entries(network).map(([what, shape]) => [what, `[batch, ${shape.join(', ')}]`])) },
      `It has to read [batch, ${length}] and give logits [batch, ${length}, ${vocabulary}].`,
    ),

  dilated: (stage: Placed, layer: string) =>
    problem(
      'A convolution of the network in the file is dilated, and there is no gradient of those.',
      { ...placed(stage), layer },
      'Leave the training out (such a network can be measured, pruned without training and exported), or replace the convolution.',
    ),

  withoutNorm: (stage: Placed, asks: string) =>
    problem(
      `${asks} looks at batch norm, and the network in the file has none.`,
      placed(stage),
      'Export it with training=TrainingMode.PRESERVE, which keeps batch norm apart from convolutions, or take another method.',
    ),

  /** An error that the stage would fail with when run. */
  wouldFail: (stage: Placed, { title, facts, hint }: ProblemText) => problem(title, [...factsIn(placed(stage)), ...facts], hint),

  /** A warning. */
  neverWarm: (stage: Placed, warmup: number, epochs: number) =>
    warning(
      `The warm-up takes ${warmup} ${warmup === 1 ? 'epoch' : 'epochs'} and the training ends after ${epochs}: it never comes to its peak rate.`,
      placed(stage),
      'Shorten warmup(), or train longer.',
    ),

  /** A warning. */
  neverDrops: (stage: Placed, first: number, epochs: number) =>
    warning(
      `The learning rate is to drop at epoch ${first}, and the training ends at epoch ${epochs}.`,
      placed(stage),
      'Drop earlier, at: { fractions: [0.5, 0.75] } say, or train longer.',
    ),

  /** A warning. */
  slimmingWithoutPenalty: (stage: Placed) =>
    warning(
      'slimming() removes the channels with the smallest scales, and no training before it has made any of them small.',
      placed(stage),
      'Train with gammaL1 first, for example train({ gammaL1: 1e-4 }).',
    ),

  seedIgnored: (stage: Placed | undefined, arm: string, seeds: number) =>
    problem(
      `${seeds} seeds give the same pipeline: it does not use its seed.`,
      { ...(stage && placed(stage)), arm: arm || undefined },
      'Pass it on: seeds(3, (seed) => train({ seed }))',
    ),

  moreMemoryThanThereIs: (stage: Placed, asked: number, there: number) =>
    problem(
      `A stage asks for more memory than there is.`,
      { ...placed(stage), 'asks for': bytes(asked), 'memory of the machine': bytes(there) },
      'Ask for less (resources: { memory }), make batch or network smaller, or run it on a larger machine.',
    ),

  /** A warning. */
  checkpointIgnored: (stage: Placed, { ignored, step }: { readonly ignored: readonly string[]; readonly step?: number }) =>
    warning(
      `${stage.path}: ${ignored.join('; ')}.`,
      { at: placeOf(stage) },
      step !== undefined ? `It continues at step ${step}.` : 'It starts over.',
    ),

  badCount: (option: string, value: number) =>
    problem(`${option} must be a whole number of at least 1, not ${value}.`, {}, `For example: ${option} 1`),
}

type Placed = Pick<Stage, 'path' | 'at'>

const placeOf = ({ at }: Placed) => at && show(at)
const placed = (stage: Placed) => ({ stage: stage.path, at: placeOf(stage) })

const shownAtMost = 12

/** A line each. */
function listed(paths: readonly string[]): string {
  const rest = paths.length - shownAtMost
  return [...paths.slice(0, shownAtMost), ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
}
