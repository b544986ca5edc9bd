/** A network's weights out of a `state_dict` as PyTorch saves one. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import type { Weights } from '../../../stdlib/network.ts'
import type { FileTensor } from '../weights-file.ts'
import { weightedLayers } from './layers.ts'
import { type Match, type Mismatch, matched, type Wanted } from './match.ts'
import { modulesIn, sharedPrefix } from './modules.ts'

export interface Read {
  /** Of the layers that are in the file. */
  readonly weights: Weights
  readonly matches: readonly Match[]
}

export function readPytorch(model: LayersModel, tensors: ReadonlyMap<string, FileTensor>, wanted: Wanted): Read | Mismatch {
  const layers = weightedLayers(model)
  if (layers === undefined) return { what: 'the network has layers that PyTorch has no module for', facts: {} }
  const floats = new Map([...tensors].filter(([, { values }]) => values !== undefined))
  const matches = matched(layers, modulesIn(new Map([...floats].map(([name, { shape }]) => [name, shape]))), wanted)
  if ('what' in matches) return matches
  const prefix = sharedPrefix([...floats.keys()])
  const weights = matches.flatMap(({ layer, module }) =>
    layer.weights.map(({ name, tensor, from }) => {
      const { values } = floats.get(`${prefix}${module.name}${module.name === '' ? '' : '.'}${tensor}`)!
      return [name, Float32Array.from(values!, (_, at) => values![from(at)]!)] as const
    }),
  )
  return { weights: new Map(weights), matches }
}
