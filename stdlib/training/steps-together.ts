/** How many steps of a training go in one call of the engine. The results are the same; only small networks get faster. */
import type { Numerics } from '../engine.ts'
import type { TrainerOptions } from './trainer-options.ts'

/**
 * A call takes 0.1 to 0.2 ms beside its operations, with TensorFlow on a processor: waking a thread, copying inputs and outputs
 * (docs/benchmarks.md). Eight steps in one call save most of it.
 */
const together = 8
/** Floating-point operations of a step that take about ten times as long as a call. */
const small = 0.25e9
/** Nodes in a step's graph; those of several steps take long to trace and to prepare. */
const fewNodes = 500

/** @param nodes in the graph of one step */
export function stepsTogether(numerics: Numerics, { network, batch, xla }: TrainerOptions, nodes: number): number {
  const { engine, device } = numerics
  // XLA would compile each of them.
  const called = engine === 'tensorflow' && device === 'cpu' && !(xla ?? numerics.xla)
  return called && nodes <= fewNodes && 6 * network.summary().macs * batch <= small ? together : 1
}
