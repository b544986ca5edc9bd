/**
 * How many stages run at once, and with how many threads each. The thread count can change bits, so it follows from the
 * whole graph, its networks and the machine's cores alone, never from what is cached, ready or asked for with `slots`.
 */
import { type Graph, isTraining } from '../../dsl/graph/stage.ts'
import type { Resources } from '../engine/devices.ts'
import { planProblems } from './problems.ts'

type Asked = {
  readonly slots?: number
  readonly threads?: number
  /** Threads on the processor beyond which no training of the graph gets faster. */
  readonly useful?: number
}

/**
 * Floating-point operations of a training step for each thread. Measured with TensorFlow on two cores (docs/benchmarks.md): steps of 0.03 to
 * 0.20 GFLOP take up to a third longer on two threads than on one, since waking a thread costs more than it computes; larger ones are shorter or nearly even.
 */
const flopsPerThread = 0.125e9

/** @param step floating-point operations of the largest training step */
export const usefulThreads = (step: number): number => Math.max(1, Math.floor(step / flopsPerThread))

/**
 * A graph at least as wide as the machine gets one-thread slots, one a core (faster in sum than fewer, wider ones); a single
 * chain gets all cores in one slot, as far as they are useful; in between the cores are shared out evenly. On `gpus` there is one slot for
 * each, and they share the cores out. `asked` overrides either, 1 or more.
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

/** The same for a run on `gpus` in which stages ask for the processor. @param askedThere of these */
export function sharedResources(graph: Graph, cores: number, asked: Asked, gpus: number, askedThere: Asked = asked): Resources {
  const on = resources(graph, cores, asked, gpus)
  const beside = resources(graph, cores, askedThere)
  const shares = { gpu: Math.min(on.slots, gpus), processor: beside.slots, threads: beside.threads }
  return { slots: asked.slots ?? shares.gpu + shares.processor, threads: on.threads, shares }
}

/** The largest number of trainings, which keep a core busy for long, on one level; a stage's level is the largest number of them on a way to it. At least 1. */
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
