/** Reads a network's weights from a PyTorch `state_dict`. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import type { Weights } from '../../../stdlib/network.ts'
import type { FileTensor } from '../weights-file.ts'
import { weightedModules } from './layers.ts'
import { type Match, type Mismatch, matched, type Wanted } from './match.ts'
import { modulesIn } from './modules.ts'

export interface Read {
  /** Weights of the layers that the file contains. */
  readonly weights: Weights
  readonly matches: readonly Match[]
}

export function readPytorch(model: LayersModel, tensors: ReadonlyMap<string, FileTensor>, wanted: Wanted): Read | Mismatch {
  const modules = weightedModules(model)
  if ('layer' in modules) return { what: 'the network has a layer that PyTorch has no module for', facts: { ...modules } }
  const shapes = [...tensors].flatMap(([name, { shape, values }]) => (values === undefined ? [] : [[name, shape] as const]))
  const matches = matched(modules, modulesIn(new Map(shapes)), wanted)
  if ('what' in matches) return matches
  const weights = matches.flatMap(({ ours, module }) =>
    ours.weights.map(({ name, size, tensor, from, added }) => {
      const valuesOf = (one: string) => tensors.get(module.tensors[one]!.name)!.values!
      const [values, more] = [valuesOf(tensor), added === undefined ? undefined : valuesOf(added)]
      const valueAt = (at: number) => (more === undefined ? values[at]! : values[at]! + more[at]!)
      return [name, Float32Array.from({ length: size }, (_, at) => valueAt(from(at)))] as const
    }),
  )
  return { weights: new Map(weights), matches }
}
