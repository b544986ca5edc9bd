/**
 * Removes the fewest channels that reduce the network's cost by a given fraction, in the order in which a fraction of channels would be
 * removed. Costs are those of the network after `shrink()`, computed from the remaining channels and never measured.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import { kernelSizes, type LayerCost } from '../models/structure/summary.ts'
import { isKernel, type Parameter } from '../network.ts'

/** Channels of a group that may be removed: bits that are 1. */
export interface ChannelCandidates {
  readonly group: ChannelGroup
  readonly scores: Float32Array
  readonly mask: Uint8Array
}

/** The number of remaining channels of a group. */
type Left = (group: ChannelGroup) => number
export type Cost = (left: Left) => number

/**
 * The cost of the network with the given remaining channels. A kernel's MACs, or a layer's time, are proportional to the product of the
 * remaining sizes of its axes, like its weights.
 * @throws PipelineProblem for a layer that is missing in the table of times
 */
export function costOf(
  groups: readonly ChannelGroup[],
  parameters: Iterable<Parameter>,
  layers: readonly LayerCost[],
  { counts, milliseconds }: Pick<PruneOptions, 'counts' | 'milliseconds'>,
): Cost {
  const costs = new Map(layers.map((layer) => [layer.layer, layer.macs]))
  const all = [...parameters]
  const sizes = kernelSizes(all)
  const priceOf = ({ layer, role, trainable }: Parameter): number => {
    if (counts === 'parameters') return trainable ? 1 : 0
    if (!isKernel({ role })) return 0
    const whole = counts === 'latency' ? milliseconds?.[layer] : costs.get(layer)
    if (whole === undefined) throw untimed(layer)
    return whole / sizes.get(layer)!
  }
  const priced = all.map((parameter) => ({ price: priceOf(parameter), axes: axesOf(parameter, groups) }))
  const needed = priced.filter(({ price }) => price > 0)
  return (left) =>
    needed.reduce((sum, { price, axes }) => sum + price * axes.reduce((product, axis) => product * lengthOf(axis, left), 1), 0)
}

/** An axis of a parameter: fixed positions, and those of groups. */
interface Axis {
  readonly fixed: number
  readonly places: readonly { readonly group: ChannelGroup; readonly repeat: number }[]
}

const axesOf = ({ name, shape }: Parameter, groups: readonly ChannelGroup[]): readonly Axis[] =>
  shape.map((size, axis) => {
    const places = groups.flatMap((group) =>
      [...group.sources, ...group.readers]
        .filter((place) => place.parameter === name && place.axis === axis)
        .map(({ repeat }) => ({ group, repeat })),
    )
    return { fixed: size - places.reduce((sum, { group, repeat }) => sum + group.size * repeat, 0), places }
  })

const lengthOf = ({ fixed, places }: Axis, left: Left): number =>
  places.reduce((sum, { group, repeat }) => sum + left(group) * repeat, fixed)

/**
 * Clears the bits of the fewest channels that reduce the cost by `sparsity`, relative to the current cost, or with `of: 'all'` to that of
 * the network without masks. With `multipleOf` the fewest steps of channels.
 * @param left the remaining channels of all groups, before
 * @throws PipelineProblem if removing all allowed channels does not reach it
 */
export function removeForBudget(candidates: readonly ChannelCandidates[], cost: Cost, left: Left, options: PruneOptions): void {
  const order = removalOrder(candidates, options)
  const whole = cost(options.of === 'all' ? ({ size }) => size : left)
  const { multipleOf = 1 } = options
  /** Of the first so many in this order those that go: of each group as many as leave a multiple. */
  const gone = (count: number): ReadonlyMap<ChannelGroup, number> => {
    const sizes = new Map<ChannelGroup, number>()
    for (const { of } of order.slice(0, count)) sizes.set(of.group, (sizes.get(of.group) ?? 0) + 1)
    return new Map([...sizes].map(([group, size]) => [group, inSteps(left(group), size, multipleOf)]))
  }
  const shareGone = (count: number): number => {
    const sizes = gone(count)
    return (whole - cost((group) => left(group) - (sizes.get(group) ?? 0))) / whole
  }
  const share = options.sparsity as number // budgets apply to the whole network
  let [enough, few] = [order.length, -1]
  if (shareGone(enough) < share) throw unreachable(share, shareGone(enough), options)
  while (enough - few > 1) {
    const count = (enough + few) >> 1
    if (shareGone(count) < share) few = count
    else enough = count
  }
  const open = new Map(gone(enough))
  for (const { of, channel } of order.slice(0, enough)) {
    const more = open.get(of.group)!
    if (more > 0) of.mask[channel] = 0
    open.set(of.group, more - 1)
  }
}

/** The most channels up to `gone` of `left` that leave a multiple; 0 where none do. */
const inSteps = (left: number, gone: number, multipleOf: number): number =>
  Math.max(0, left - multipleOf * Math.ceil((left - gone) / multipleOf))

/**
 * The channels that may be removed, in order of removal: by score, or with one ranking for each layer by the fraction of the layer at which
 * rounding would remove each channel. The best of a layer stay.
 */
function removalOrder(candidates: readonly ChannelCandidates[], { scope, of: counted, minimum = 1 }: PruneOptions) {
  const all = candidates.flatMap((of) => {
    const { scores, mask, group } = of
    const alive = [...mask.keys()].filter((channel) => mask[channel] === 1).toSorted((a, b) => scores[a]! - scores[b]! || a - b)
    const gone = counted === 'all' ? group.size - kept(mask) : 0
    const size = gone + alive.length
    return alive
      .slice(0, Math.max(0, alive.length - minimum))
      .map((channel, i) => ({ of, channel, at: scope === 'global' ? scores[channel]! : (gone + i + 0.5) / size }))
  })
  // A stable sort: ties go to the first.
  return all.toSorted((a, b) => a.at - b.at)
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const words = { macs: 'MACs', parameters: 'parameters', latency: 'time' } as const

const unreachable = (asked: number, most: number, { counts = 'macs', minimum = 1, multipleOf }: PruneOptions) =>
  new PipelineProblem({
    title: `Removing every channel that may go takes ${percent(most)} of the ${words[counts]}, and ${percent(asked)} are to go.`,
    facts: { 'left in every layer': minimum, ...(multipleOf === undefined ? {} : { 'in multiples of': multipleOf }) },
    hint: 'Ask for less, or exclude fewer layers; the output layer keeps its classes.',
  })

const untimed = (layer: string) =>
  new PipelineProblem({
    title: `The table of times lacks the layer ${layer}.`,
    facts: { layer },
    hint: 'Give each layer with a kernel its time in milliseconds; 0 where it takes none.',
  })
