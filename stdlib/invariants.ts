/** Invariants at the end of every stage that returns a network. A violation fails the stage, and its result is not stored. */
import { PipelineProblem } from '../dsl/check/problem.ts'
import { leak } from './masks.ts'
import type { Network } from './network.ts'
import { brokenPattern } from './pattern.ts'

/** @throws PipelineProblem for weights that are not finite, masked weights that are not exactly zero, and masks without their N:M pattern */
export function checkInvariants(network: Network): void {
  for (const { name } of network.topology.parameters) {
    const values = network.weights.get(name)!
    const index = values.findIndex((value) => !Number.isFinite(value))
    if (index !== -1) throw broken('A weight is not finite', name, index, values[index]!, 'Lower the learning rate.')
  }
  const found = leak(network)
  if (found !== undefined)
    throw broken('A pruned weight is not zero', found.parameter, found.index, found.value, 'This is a fault of Espalier: please report it.')
  const unlike = brokenPattern(network)
  if (unlike === undefined) return
  const { name, pattern } = unlike
  throw new PipelineProblem({
    title: `A mask has lost its pattern: ${name} must keep at most ${pattern!.keep} of every ${pattern!.of} inputs.`,
    facts: { parameter: name },
    hint: 'Keep the pattern, or lift it before: dense().',
  })
}

function broken(title: string, parameter: string, index: number, value: number, hint: string): PipelineProblem {
  return new PipelineProblem({
    title: `${title}: ${parameter} at position ${index}.`,
    facts: { value },
    hint,
  })
}
