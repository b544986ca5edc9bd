/** How many steps of a training go in one call of the engine. The results are the same; only small networks get faster. */
import type { Numerics } from '../engine.ts'

/**
 * A call takes 0.1 to 0.2 ms beside its operations, with TensorFlow on a processor: waking a thread, copying inputs and outputs
 * (docs/benchmarks.md). Eight steps in one call save most of it.
 */
const together = 8
/** Floating-point operations of a step that take about ten times as long as a call. */
const small = 0.25e9
/** Nodes in a step's graph; those of several steps take long to trace and to prepare. */
const fewNodes = 500

/**
 * @param numerics of the training
 * @param step its size: nodes in its graph, multiplications of the network for one example, examples
 */
export function stepsTogether(
  { engine, device, xla }: Numerics,
  { nodes, macs, batch }: { readonly nodes: number; readonly macs: number; readonly batch: number },
): number {
  // XLA would compile each of them.
  const calls = engine === 'tensorflow' && device === 'cpu' && !xla
  return calls && nodes <= fewNodes && 6 * macs * batch <= small ? together : 1
}
