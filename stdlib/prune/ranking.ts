/**
 * From scores to masks: removes exactly the requested number of weights, those with the smallest scores. Ties are broken by position
 * (parameters in the order of the layers, then row-major), so the result does not depend on the stability of a sort.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'
import { type Masks, type Network, type Parameter, sizeOf, type Topology } from '../network.ts'
import { withPattern } from '../pattern.ts'
import type { Scores } from './criterion.ts'
import { erdosRenyiKernel } from './densities.ts'
import { patternedMasks } from './pattern.ts'
import { keepMinimum, removeSmallest, toRemove } from './select.ts'

type Rule = Pick<PruneOptions, 'scope' | 'sparsity' | 'of' | 'exclude' | 'firstLayer' | 'outputLayer' | 'minimum' | 'pattern'>

/** Parameters that are ranked together, and how many of their weights to remove. */
interface Ranking {
  readonly parameters: readonly Parameter[]
  readonly remove: number
}

/**
 * The masks after pruning.
 * @throws PipelineProblem for unknown layers, for scores that are not numbers, and for a layer that would lose all its weights
 */
export function rankedMasks({ topology, masks }: Pick<Network, 'topology' | 'masks'>, scores: Scores, rule: Rule): Masks {
  const prunable = topology.parameters.filter((parameter) => parameter.prunable)
  refuseUnknownLayers(prunable, rule)
  const pruned = new Map(masks)
  for (const { name, shape } of prunable) pruned.set(name, masks.get(name)?.slice() ?? new Uint8Array(sizeOf(shape)).fill(1))
  const before = new Map([...pruned].map(([name, mask]) => [name, mask.slice()]))
  const { pattern } = rule
  if (pattern !== undefined) return patternedMasks(taking(prunable, topology, rule), (one) => scoresOf(one, scores), pruned, pattern)
  for (const { parameters, remove } of rankings(prunable, pruned, topology, rule)) {
    removeSmallest(
      parameters.map((parameter) => ({ scores: scoresOf(parameter, scores), mask: pruned.get(parameter.name)! })),
      remove,
    )
  }
  for (const parameter of prunable) {
    const { name } = parameter
    if (rule.minimum !== undefined) keepMinimum(scoresOf(parameter, scores), pruned.get(name)!, before.get(name)!, rule.minimum)
  }
  refuseCollapse(prunable, pruned)
  return pruned
}

function fractionOf({ layer }: Parameter, prunable: readonly Parameter[], { outputLayer }: Topology, rule: Rule): number {
  if (rule.exclude.includes(layer) || (layer === outputLayer && rule.outputLayer === 'keep')) return 0
  if (rule.firstLayer === 'keep' && layer === prunable[0]!.layer) return 0
  const fraction = typeof rule.sparsity === 'number' ? rule.sparsity : (rule.sparsity[layer] ?? 0)
  return layer === outputLayer && rule.outputLayer === 'half' ? fraction / 2 : fraction
}

/** The parameters that lose weights. */
const taking = (prunable: readonly Parameter[], topology: Topology, rule: Rule): readonly Parameter[] =>
  prunable.filter((parameter) => fractionOf(parameter, prunable, topology, rule) > 0)

/** The topology after pruning, which records the patterns that must be kept from here on. */
export function topologyAfter(topology: Topology, rule: Rule): Topology {
  const prunable = topology.parameters.filter((parameter) => parameter.prunable)
  const taken = taking(prunable, topology, rule).map(({ name }) => name)
  return rule.pattern === undefined ? topology : withPattern(topology, taken, rule.pattern)
}

function rankings(prunable: readonly Parameter[], masks: Masks, topology: Topology, rule: Rule): Ranking[] {
  const chosen = taking(prunable, topology, rule)
  if (rule.scope === 'erk') return byKernel(chosen, masks, rule)
  const groups = Map.groupBy(chosen, ({ name, shape }) =>
    rule.scope === 'layer' ? name : rule.scope === 'group' ? kernelGroup(shape) : 'all',
  )
  return [...groups.values()].map((parameters) => ({
    parameters,
    remove: toRemove(
      parameters.map(({ name }) => masks.get(name)!),
      fractionOf(parameters[0]!, prunable, topology, rule),
      rule.of,
    ),
  }))
}

/** One ranking for each layer, with the number of weights that the densities assign to it. */
function byKernel(taking: readonly Parameter[], masks: Masks, { sparsity, of }: Rule): Ranking[] {
  const all = taking.map(({ name }) => masks.get(name)!)
  const layers = taking.map(({ shape }, i) => ({ shape, left: kept(all[i]!) }))
  const left = layers.reduce((sum, layer) => sum + layer.left, 0)
  // With a fraction for each layer there is one ranking per layer, and nothing to distribute.
  const counts = erdosRenyiKernel(layers, left - toRemove(all, sparsity as number, of))
  return taking.map((parameter, i) => ({ parameters: [parameter], remove: layers[i]!.left - counts[i]! }))
}

/**
 * Kernels of convolutions, [height, width, inputs, channels], have much smaller weight counts than those of linear layers and share weights
 * over positions.
 */
const kernelGroup = (shape: readonly number[]): string => (shape.length > 2 ? 'convolutions' : 'linear layers')

function scoresOf({ name, shape }: Parameter, scores: Scores): Float32Array {
  const values = scores.get(name)
  const wrong = values === undefined || values.length !== sizeOf(shape) ? -1 : notANumber(values)
  if (values !== undefined && values.length === sizeOf(shape) && wrong === -1) return values
  throw new PipelineProblem({
    title: `The criterion gave no score for every weight of ${name}.`,
    facts: {
      expected: `${sizeOf(shape)} numbers`,
      given: values === undefined ? 'none' : wrong === -1 ? `${values.length} numbers` : `not a number at position ${wrong}`,
    },
    hint: 'Give each weight a number; the smallest are removed first.',
  })
}

/** The first layer in the options that is not among these. */
export const unknownLayer = (layers: readonly string[], { sparsity, exclude }: Pick<Rule, 'sparsity' | 'exclude'>): string | undefined =>
  [...exclude, ...(typeof sparsity === 'number' ? [] : Object.keys(sparsity))].find((layer) => !layers.includes(layer))

function refuseUnknownLayers(prunable: readonly Parameter[], rule: Rule): void {
  const layers = [...new Set(prunable.map(({ layer }) => layer))]
  const unknown = unknownLayer(layers, rule)
  if (unknown === undefined) return
  throw new PipelineProblem({
    title: `There is no prunable layer called '${unknown}'.`,
    facts: { 'prunable layers': layers.join(', ') },
    hint: 'Name one of them.',
  })
}

/** For a network without masks. @throws PipelineProblem if fewer weights than layers would remain, whatever the scores */
export function refuseTooFew(topology: Topology, rule: Rule): void {
  if ((rule.minimum ?? 0) > 0) return
  const prunable = topology.parameters.filter((parameter) => parameter.prunable)
  const dense = new Map(prunable.map(({ name, shape }) => [name, new Uint8Array(sizeOf(shape)).fill(1)]))
  for (const { parameters, remove } of rankings(prunable, dense, topology, rule)) {
    const all = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    if (all - remove < parameters.length) throw tooFew(parameters, all, all - remove)
  }
}

const tooFew = (parameters: readonly Parameter[], all: number, left: number) =>
  new PipelineProblem({
    title: `Of ${all} weights ${left} would be left, for ${parameters.length} ${parameters.length === 1 ? 'layer' : 'layers'}.`,
    facts: { layers: parameters.map(({ layer }) => layer).join(', ') },
    hint: 'Prune less, keep some in every layer (minimum: 1), or exclude the layer.',
  })

/** A layer without any weights disconnects the network: its output no longer depends on its input. */
function refuseCollapse(prunable: readonly Parameter[], masks: Masks): void {
  const collapsed = prunable.find(({ name }) => !masks.get(name)!.includes(1))
  if (collapsed === undefined) return
  throw new PipelineProblem({
    title: `Pruning would remove every weight of layer ${collapsed.layer}.`,
    facts: { weights: sizeOf(collapsed.shape) },
    hint: "Prune less, rank each layer on its own (scope: 'layer'), or exclude the layer.",
  })
}

/** The index of the first value that is not a number; −1 if there is none. */
function notANumber(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return i
  return -1
}
