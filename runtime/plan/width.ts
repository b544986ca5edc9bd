/**
 * How many stages run at once, and with how many threads each. The thread count can change bits, so it depends only on the
 * whole graph, its networks and the machine's cores, never on what is cached or ready, or on `slots`.
 */
import { type Graph, isTraining } from '../../dsl/graph/stage.ts'
import type { Resources } from '../engine/devices.ts'
import { planProblems } from './problems.ts'

type Asked = {
  readonly slots?: number
  readonly threads?: number
  /** CPU threads beyond which no training of the graph gets faster. */
  readonly useful?: number
}

/**
 * Floating-point operations of a training step per useful thread. Measured with TensorFlow on two cores (docs/benchmarks.md): steps of
 * 0.03 to 0.20 GFLOP take up to a third longer on two threads than on one, since waking a thread costs more than it saves; larger ones
 * are faster or about equal.
 */
const flopsPerThread = 0.125e9

/** @param step floating-point operations of the largest training step */
export const usefulThreads = (step: number): number => Math.max(1, Math.floor(step / flopsPerThread))

/**
 * Without GPUs, a graph at least as wide as the machine gets one slot with one thread per core (a higher total throughput than fewer,
 * wider slots); a single chain gets one slot with all cores, up to the useful number; otherwise the cores are divided evenly. With
 * `gpus`, there is one slot per GPU, and these divide the cores. `asked` overrides both; its values are at least 1.
 */
export function resources(graph: Graph, cores: number, asked: Asked = {}, gpus = 0): Resources {
  for (const name of ['slots', 'threads'] as const) {
    const value = asked[name]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) throw planProblems.badCount(`--${name}`, value)
  }
  const wide = gpus > 0 ? gpus : widthOf(graph)
  const even = Math.max(1, Math.floor(cores / Math.min(cores, wide)))
  const threads = asked.threads ?? (gpus > 0 ? even : Math.min(even, asked.useful ?? even))
  const slots = asked.slots ?? (gpus > 0 ? gpus : Math.max(1, Math.floor(cores / threads)))
  return { slots, threads }
}

/** The same for a run on `gpus` in which some stages request the CPU. @param askedThere for the CPU slots */
export function sharedResources(graph: Graph, cores: number, asked: Asked, gpus: number, askedThere: Asked = asked): Resources {
  const on = resources(graph, cores, asked, gpus)
  const beside = resources(graph, cores, askedThere)
  const shares = { gpu: Math.min(on.slots, gpus), processor: beside.slots, threads: beside.threads }
  return { slots: asked.slots ?? shares.gpu + shares.processor, threads: on.threads, shares }
}

/**
 * Width of the graph: the largest number of trainings on one level, at least 1. A stage's level is the largest number of trainings on a
 * path to it. Only trainings count, since they keep a core busy for long.
 */
export function widthOf(graph: Graph): number {
  const levels = new Map<string, number>()
  const widths: number[] = []
  for (const stage of graph.stages) {
    const above = Math.max(0, ...Object.values(stage.inputs).map(({ stage: id }) => levels.get(id) ?? 0))
    const level = isTraining(stage) ? above + 1 : above
    levels.set(stage.id, level)
    if (level > above) widths[level] = (widths[level] ?? 0) + 1
  }
  return Math.max(1, ...widths.filter((width) => width !== undefined))
}
