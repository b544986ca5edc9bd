/**
 * Channels removed until a fraction of what the network costs is gone: the fewest, in the order in which a fraction of channels would take
 * them. Costs are those of the network that `shrink()` leaves, counted from the channels that are left and never measured.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import { kept } from '../masks.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import { kernelSizes, type LayerCost } from '../models/structure/summary.ts'
import { isKernel, type Parameter } from '../network.ts'

/** Channels of a group that may go: bits that are 1. */
export interface ChannelCandidates {
  readonly group: ChannelGroup
  readonly scores: Float32Array
  readonly mask: Uint8Array
}

/** Channels that a group has left. */
type Left = (group: ChannelGroup) => number
export type Cost = (left: Left) => number

/**
 * What the network costs with so many channels left: a kernel's MACs, or a layer's time, go with the product of what is left along each of
 * its axes, as its weights do.
 * @throws PipelineProblem for a layer that the table of times lacks
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

/** An axis of a parameter: places that no group may free, and those of groups. */
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
 * Clears the bits of the fewest channels with which `sparsity` of the cost is gone: of what it is now, or with `of: 'all'` of the network
 * without masks. One channel fewer would miss it; with `multipleOf` one step fewer.
 * @param left of all groups, before
 * @throws PipelineProblem where it is not reached when all have gone that may
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
  const share = options.sparsity as number // budgets are of the whole network
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
 * The channels that may go, the first to go first: by their scores, or with one ranking a layer each when the fraction of its layer that is
 * gone would be rounded up to it. The best of a layer stay.
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
  // A stable sort: of equal ones the first go first.
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
