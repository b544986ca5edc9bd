/** Pruning to an N:M pattern: each block of inputs is ranked separately. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { GradualPruning } from '../../dsl/graph/stage-options.ts'
import type { PatternSpec } from '../../dsl/parts/pruner.ts'
import type { Masks, Parameter, Topology } from '../network.ts'
import { eachBlock, fits } from '../pattern.ts'

/** For kernels that fit the pattern: the mask that keeps the N best remaining weights of each block; on ties the last stay. */
export function patternedMasks(
  parameters: readonly Parameter[],
  scores: (parameter: Parameter) => Float32Array,
  masks: Masks,
  pattern: PatternSpec,
): Masks {
  const chosen = parameters.filter((parameter) => fits(parameter, pattern))
  if (chosen.length === 0) {
    throw new PipelineProblem({
      title: `No layer has a multiple of ${pattern.of} inputs.`,
      facts: { layers: parameters.map(({ layer, shape }) => `${layer} ${shape.at(-2)}`).join(', ') },
      hint: 'Choose a smaller m, or other layers.',
    })
  }
  const pruned = new Map(masks)
  for (const parameter of chosen) {
    const [values, mask] = [scores(parameter), masks.get(parameter.name)!.slice()]
    eachBlock(parameter.shape, pattern.of, (positions) => {
      const alive = positions.filter((i) => mask[i] === 1)
      const order = alive.toSorted((a, b) => values[a]! - values[b]! || a - b)
      for (const i of order.slice(0, Math.max(0, alive.length - pattern.keep))) mask[i] = 0
    })
    pruned.set(parameter.name, mask)
  }
  return pruned
}

/** @throws PipelineProblem if weights may return to masks with a pattern */
export function refuseReturn({ parameters }: Topology, mode: GradualPruning['mode']): void {
  const patterned = parameters.find(({ pattern }) => pattern !== undefined)
  if (patterned === undefined || mode === 'freeze') return
  throw new PipelineProblem({
    title: 'Weights that return would break the pattern of the masks.',
    facts: { layer: patterned.layer, pattern: `${patterned.pattern!.keep}:${patterned.pattern!.of}`, mode },
    hint: "Prune with mode: 'freeze', or lift the pattern with dense().",
  })
}
