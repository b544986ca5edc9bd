/** A custom stage: receives copies of weights and masks, returns changed weights. */

import type { CustomOptions } from '../dsl/graph/stage-options.ts'
import type { StageFunction } from '../dsl/language/custom.ts'
import { type Network, sizeOf, type Weights } from './network.ts'
import { calling, type FunctionProblem, wrongResult } from './user-functions.ts'

/** The weights after it; the caller applies the masks. @throws FunctionProblem if the result is not weights of this network */
export function customStage(
  { topology, weights, masks }: Network,
  fn: StageFunction<CustomOptions['options']>,
  { name, options }: CustomOptions,
): Weights {
  const sizes = new Map(topology.parameters.map(({ name, shape }) => [name, sizeOf(shape)]))
  const network = {
    weights: new Map([...weights].map(([name, values]) => [name, values.slice()])),
    shapes: new Map(topology.parameters.map(({ name, shape }) => [name, [...shape]])),
    masks: new Map([...masks].map(([name, mask]) => [name, mask.slice()])),
  }
  const given: unknown = calling('stage', name, () => fn(network, options))
  if (!(given instanceof Map)) throw wrong(name, `${Object(given).constructor?.name ?? typeof given}`, 'a Map of weights by name')
  for (const [parameter, values] of given as ReadonlyMap<unknown, unknown>) {
    const size = typeof parameter === 'string' ? sizes.get(parameter) : undefined
    if (size === undefined) throw wrong(name, String(parameter), [...sizes.keys()].join(', '))
    if (!(values instanceof Float32Array))
      throw wrong(name, `${parameter} as ${Object(values).constructor?.name ?? typeof values}`, 'Float32Array')
    if (values.length !== size) throw wrong(name, `${values.length} numbers for ${parameter}`, `${size} numbers`)
    const position = values.findIndex((value) => !Number.isFinite(value))
    if (position !== -1) throw wrong(name, `${values[position]} in ${parameter} at position ${position}`, 'finite numbers')
  }
  return new Map([...weights, ...(given as Weights)])
}

const wrong = (name: string, given: string, expected: string): FunctionProblem =>
  wrongResult(
    'stage',
    name,
    'Your stage did not give weights of its network.',
    { given, expected },
    "Return a Map of the weights that change, by 'layer/weight', each as long as it was.",
  )
