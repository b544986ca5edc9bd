/** Removes silent channels, which gives a physically smaller network with the same outputs. */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { kept } from '../masks.ts'
import { shrunkSpec } from '../models/networks/shrunk.ts'
import type { ChannelGroup } from '../models/structure/channels.ts'
import { type Masks, type Network, type Parameter, sizeOf, type Topology } from '../network.ts'
import { aliveChannels } from './structured.ts'

/** The remaining positions along each axis of a parameter. */
type Cuts = Map<string, Map<number, Uint8Array>>

/** The description of a smaller network that is not built yet. */
export interface Shrinking {
  readonly model: Spec
  /** @param topology of the network of that description: initial weights of a narrower layer have a different variance */
  network(topology: Topology): Network
}

/**
 * A channel is removed if none of its kernels remains. @throws PipelineProblem if there is no such channel, or all channels of a layer are
 */
export function shrinking({ topology, weights, masks }: Network, groups: readonly ChannelGroup[]): Shrinking {
  const parameters = new Map(topology.parameters.map((parameter) => [parameter.name, parameter]))
  const shapes = new Map([...parameters].map(([name, { shape }]) => [name, shape]))
  const widths: { [layer: string]: number } = {}
  const cuts: Cuts = new Map()
  for (const group of groups.filter(({ fixed }) => !fixed)) {
    const alive = aliveChannels(group, masks, shapes, 'kernels')
    const width = kept(alive)
    if (width === group.size) continue
    if (width === 0) throw empty(group)
    for (const layer of group.producers) widths[layer] = width * (group.units ?? 1)
    for (const { parameter, axis, offset, stride, repeat } of [...group.sources, ...group.readers]) {
      const axes = cuts.get(parameter) ?? new Map<number, Uint8Array>()
      const kept = axes.get(axis) ?? new Uint8Array(shapes.get(parameter)![axis]!).fill(1)
      for (let r = 0; r < repeat; r++) for (const [c, bit] of alive.entries()) kept[offset + c + stride * r] = bit
      cuts.set(parameter, axes.set(axis, kept))
    }
  }
  if (Object.keys(widths).length === 0) {
    throw new PipelineProblem({
      title: 'There is nothing to shrink: no channel is removed as a whole.',
      facts: { network: topology.model.name },
      hint: 'Prune whole channels first: prune(filterL1(0.5)).shrink().',
    })
  }
  return {
    model: shrunkSpec(topology.model, widths),
    network: (narrow) => ({
      topology: narrow,
      weights: cutAll(weights, parameters, cuts),
      masks: withoutOnes(cutAll(masks, parameters, cuts)),
    }),
  }
}

function cutAll<T extends Float32Array | Uint8Array>(
  tensors: ReadonlyMap<string, T>,
  parameters: ReadonlyMap<string, Parameter>,
  cuts: Cuts,
): Map<string, T> {
  return new Map(
    [...tensors].map(([name, values]) => {
      const axes = cuts.get(name)
      const shape = parameters.get(name)!.shape
      // A slice of a typed array has the same type.
      return [name, axes === undefined ? values : (cut(values, shape, axes) as T)]
    }),
  )
}

/** Axis by axis, copying whole runs for each remaining channel. */
function cut(
  values: Float32Array | Uint8Array,
  shape: readonly number[],
  axes: ReadonlyMap<number, Uint8Array>,
): Float32Array | Uint8Array {
  let [left, now] = [values, shape]
  for (const [axis, kept] of axes) {
    const inner = sizeOf(now.slice(axis + 1))
    const rows = [...kept.keys()].filter((row) => kept[row] === 1)
    const outer = sizeOf(now.slice(0, axis))
    const narrow = new (values.constructor as Float32ArrayConstructor)(outer * rows.length * inner)
    let at = 0
    for (let o = 0; o < outer; o++)
      for (const row of rows) {
        const from = (o * kept.length + row) * inner
        narrow.set(left.subarray(from, from + inner), at)
        at += inner
      }
    ;[left, now] = [narrow, now.with(axis, rows.length)]
  }
  return left
}

/** Masks that remove nothing are dropped. */
const withoutOnes = (masks: Masks): Masks => new Map([...masks].filter(([, mask]) => mask.includes(0)))

const empty = ({ producers }: ChannelGroup) =>
  new PipelineProblem({
    title: `Every channel of ${producers.join(', ')} is removed, so the network is cut in two.`,
    facts: { layers: producers.join(', ') },
    hint: 'Prune less, or exclude the layer.',
  })
