/**
 * Structured pruning of whole channels with all their parameters. A removed channel is silent (kernel, bias, batch norm's scale and shift
 * are masked, so its output is exactly zero) and unread (the next kernels' inputs from it are masked too), so the masked network has the
 * same output as the shrunk one. It receives no gradient. If channels may grow back, only their kernels are masked. Their bias and batch
 * norm then produce a constant, which `constants.ts` adds to the layers that read it when the channels are removed.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'
import type { ChannelGroup, Place } from '../models/structure/channels.ts'
import type { LayerCost } from '../models/structure/summary.ts'
import { type Masks, type Network, type Parameter, sizeOf, type Topology } from '../network.ts'
import { type ChannelCandidates, costOf, removeForBudget } from './budget.ts'
import type { ChannelCriterion } from './criterion.ts'
import { unknownLayer } from './ranking.ts'
import { keepMinimum, removeSmallest, toRemove } from './select.ts'

/**
 * The masks after pruning channels. By default a fraction counts channels, with a budget their cost. The scores of layers that share
 * channels are added. In every group the best channels stay, at least `minimum` (default 1), and a multiple of `multipleOf` or all.
 * @param layers their current costs, for budgets
 * @throws PipelineProblem for unknown layers, and for a budget that cannot be reached; also as `channelScores`
 */
export function channelMasks(
  { topology, weights, masks }: Network,
  groups: readonly ChannelGroup[],
  criterion: ChannelCriterion,
  options: PruneOptions,
  removed: 'kernels' | 'silent' = 'silent',
  layers: readonly LayerCost[] = [],
): Masks {
  const free = freeGroups(groups, options)
  const parameters = new Map(topology.parameters.map((parameter) => [parameter.name, parameter]))
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]))
  const taking = free.filter((group) => fractionOf(group, groups, options) > 0)
  const candidates = taking.map((group) => ({
    group,
    scores: criterion.channelScores(group, weights, shapes),
    mask: aliveChannels(group, masks, shapes, removed),
  }))
  if (options.counts === undefined) removeFractions(candidates, groups, options)
  else if (options.sparsity !== 0) {
    const left = new Map(free.map((group) => [group, kept(aliveChannels(group, masks, shapes, removed))]))
    removeForBudget(candidates, costOf(free, topology.parameters, layers, options), (group) => left.get(group)!, options)
  }
  const pruned = new Map(masks)
  for (const { group, mask } of candidates) silence(group, mask, pruned, parameters, removed)
  return pruned
}

/** For a network without masks. @throws PipelineProblem for a budget that cannot be reached, whatever the scores */
export function refuseBudget(
  topology: Topology,
  groups: readonly ChannelGroup[],
  options: PruneOptions,
  layers: readonly LayerCost[],
): void {
  const free = freeGroups(groups, options)
  const taking = free.filter((group) => fractionOf(group, groups, options) > 0)
  const candidates = taking.map((group) => ({ group, scores: new Float32Array(group.size), mask: new Uint8Array(group.size).fill(1) }))
  removeForBudget(candidates, costOf(free, topology.parameters, layers, options), ({ size }) => size, options)
}

/** Clears the bits of a fraction of channels, over all groups or for each group. */
function removeFractions(candidates: readonly ChannelCandidates[], groups: readonly ChannelGroup[], options: PruneOptions): void {
  const together = options.scope === 'global' ? [candidates] : candidates.map((one) => [one])
  for (const chosen of together.filter(({ length }) => length > 0)) {
    const before = chosen.map(({ mask }) => mask.slice())
    removeSmallest(chosen, toRemove(before, fractionOf(chosen[0]!.group, groups, options), options.of))
    chosen.forEach(({ scores, mask }, c) => {
      const { minimum = 1, multipleOf = 1 } = options
      keepMinimum(scores, mask, before[c]!, multipleOf * Math.ceil(Math.max(minimum, kept(mask)) / multipleOf))
    })
  }
}

/** 1 for each channel with an effect: one that still has a kernel or, if channels are not silent, a bias or scale. */
export function aliveChannels(
  { size, sources }: ChannelGroup,
  masks: Masks,
  shapes: ReadonlyMap<string, readonly number[]>,
  removed: 'kernels' | 'silent',
): Uint8Array {
  const alive = new Uint8Array(size)
  // Running statistics have no masks: a channel whose scale and shift are masked is silent whatever they are.
  const heard = sources.filter(({ parameter }) =>
    removed === 'kernels' ? isKernel(parameter) : !/moving_(mean|variance)$/.test(parameter),
  )
  for (const place of heard) {
    const mask = masks.get(place.parameter)
    if (mask === undefined) return alive.fill(1)
    eachWeight(place, shapes.get(place.parameter)!, size, (i, channel) => {
      if (mask[i] === 1) alive[channel] = 1
    })
  }
  return alive
}

const isKernel = (parameter: string): boolean => parameter.endsWith('/kernel')

/** Calls with the position of every weight at the place, and its channel. */
export function eachWeight(place: Place, shape: readonly number[], size: number, visit: (index: number, channel: number) => void): void {
  const inner = sizeOf(shape.slice(place.axis + 1))
  const along = shape[place.axis]!
  const outer = sizeOf(shape.slice(0, place.axis))
  for (let o = 0; o < outer; o++)
    for (let r = 0; r < place.repeat; r++)
      for (let c = 0; c < size; c++) {
        const start = (o * along + place.offset + c + place.stride * r) * inner
        for (let i = 0; i < inner; i++) visit(start + i, c)
      }
}

/** For a group shared by several layers, the first named fraction applies; excluding any of its layers excludes the group. */
function fractionOf({ producers }: ChannelGroup, groups: readonly ChannelGroup[], { sparsity, exclude, firstLayer }: PruneOptions): number {
  if (producers.some((layer) => exclude.includes(layer))) return 0
  if (firstLayer === 'keep' && producers.includes(groups[0]?.producers[0] ?? '')) return 0
  if (typeof sparsity === 'number') return sparsity
  const named = producers.find((layer) => sparsity[layer] !== undefined)
  return named === undefined ? 0 : sparsity[named]!
}

function silence(
  { size, sources, readers }: ChannelGroup,
  alive: Uint8Array,
  masks: Map<string, Uint8Array>,
  parameters: ReadonlyMap<string, Parameter>,
  removed: 'kernels' | 'silent',
): void {
  for (const place of removed === 'kernels' ? sources.filter(({ parameter }) => isKernel(parameter)) : [...sources, ...readers]) {
    const parameter = parameters.get(place.parameter)
    if (parameter === undefined || parameter.role.startsWith('moving_')) continue
    const mask = masks.get(place.parameter)?.slice() ?? new Uint8Array(sizeOf(parameter.shape)).fill(1)
    eachWeight(place, parameter.shape, size, (i, channel) => {
      if (alive[channel] === 0) mask[i] = 0
    })
    masks.set(place.parameter, mask)
  }
}

/** The groups whose channels may be removed. @throws PipelineProblem if there is none, and for named layers without channels */
export function freeGroups(groups: readonly ChannelGroup[], options: PruneOptions): readonly ChannelGroup[] {
  const free = groups.filter((group) => !group.fixed)
  if (free.length === 0) throw nothingFree(groups)
  refuseUnknownLayers(free, options)
  return free
}

function refuseUnknownLayers(free: readonly ChannelGroup[], options: PruneOptions): void {
  const layers = free.flatMap(({ producers }) => producers)
  const unknown = unknownLayer(layers, options)
  if (unknown === undefined) return
  throw new PipelineProblem({
    title: `There is no layer called '${unknown}' whose channels may be removed.`,
    facts: { 'layers with channels': layers.join(', ') },
    hint: 'Name one of them; the output layer keeps its classes.',
  })
}

const nothingFree = (groups: readonly ChannelGroup[]) =>
  new PipelineProblem({
    title: 'This network has no channels that may be removed.',
    facts: { layers: groups.flatMap(({ producers }) => producers).join(', ') },
    hint: 'The output layer keeps its classes, and what a layer of an unknown kind reads or gives stays. Prune single weights with magnitude().',
  })
