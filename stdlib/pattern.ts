/**
 * N:M masks keep N of every M consecutive inputs of an output. Inputs are the second-to-last axis of a kernel, over which a matrix product
 * sums: [inputs, units], [height, width, inputs, channels].
 */
import type { PatternSpec } from '../dsl/parts/pruner.ts'
import type { Network, Parameter, Topology } from './network.ts'

/** Whether the number of inputs is a multiple of M. Depthwise kernels do not sum over inputs. */
export const fits = ({ shape }: Parameter, { of }: PatternSpec): boolean =>
  shape.at(-2)! % of === 0 && !(shape.length > 2 && shape.at(-1) === 1)

/** Calls with the positions of each block of weights. */
export function eachBlock(shape: readonly number[], of: number, visit: (positions: readonly number[]) => void): void {
  const [inputs, outputs] = [shape.at(-2)!, shape.at(-1)!]
  const windows = shape.slice(0, -2).reduce((product, size) => product * size, 1)
  for (let window = 0; window < windows; window++)
    for (let first = 0; first < inputs; first += of)
      for (let output = 0; output < outputs; output++)
        visit(Array.from({ length: of }, (_, i) => (window * inputs + first + i) * outputs + output))
}

/** The topology of a network pruned to a pattern, which must be kept from now on. */
export function withPattern(topology: Topology, taken: readonly string[], pattern: PatternSpec): Topology {
  const holds = (parameter: Parameter) => taken.includes(parameter.name) && fits(parameter, pattern)
  return { ...topology, parameters: topology.parameters.map((one) => (holds(one) ? { ...one, pattern } : one)) }
}

export const withoutPatterns = (topology: Topology): Topology => ({
  ...topology,
  parameters: topology.parameters.map(({ pattern: _, ...parameter }) => parameter),
})

/** The first parameter whose mask violates its pattern; undefined if there is none. */
export function brokenPattern({ topology, masks }: Pick<Network, 'topology' | 'masks'>): Parameter | undefined {
  return topology.parameters.find(({ name, shape, pattern }) => {
    if (pattern === undefined) return false
    const mask = masks.get(name)
    if (mask === undefined) return true
    let broken = false
    eachBlock(shape, pattern.of, (positions) => {
      if (positions.filter((i) => mask[i] === 1).length > pattern.keep) broken = true
    })
    return broken
  })
}

/** The positions of each block of a parameter with a pattern, within which weights may be permuted. */
export function blocksOf(parameter: Pick<Parameter, 'shape' | 'pattern'> | undefined): readonly (readonly number[])[] | undefined {
  if (parameter?.pattern === undefined) return undefined
  const blocks: (readonly number[])[] = []
  eachBlock(parameter.shape, parameter.pattern.of, (positions) => blocks.push(positions))
  return blocks
}
