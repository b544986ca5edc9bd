/** Networks out and in again: what the files hold, built as `imported()` builds it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportOptions } from '../../../../dsl/graph/stage-options.ts'
import type { Spec } from '../../../../dsl/parts/spec.ts'
import { tensorsIn } from '../../../../runtime/interop/import/drafts.ts'
import { type NetworkFile, readNetworkFile } from '../../../../runtime/interop/network-file.ts'
import { exportFormats } from '../../../../runtime/interop/registry.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { parametersOf, topologyOf } from '../../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../../stdlib/network.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { numbers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

export interface BroughtIn {
  readonly file: NetworkFile
  readonly model: LayersModel
  readonly network: Network
}

/** Writes the files of an export into a folder of its own. @returns the one that is read */
export async function written(
  engine: Engine,
  format: 'onnx' | 'tfjs',
  model: LayersModel,
  network: Network,
  options: Partial<ExportOptions> = {},
): Promise<string> {
  const services = {
    engine: async () => engine,
    network: async () => ({ model }) as never,
    dataset: async () => ({ input: network.topology.input, classes: 10, normalisation: { mean: [0.2], std: [0.5] } }),
  }
  const files = await exportFormats[format].files(
    { network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), metrics: {}, options: { format, path: 'network', ...options } },
    services,
  )
  const folder = await temporaryFolder()
  for (const [name, content] of files) writeFileSync(join(folder, name === '' ? 'network.onnx' : name), content)
  return join(folder, format === 'onnx' ? 'network.onnx' : 'model.json')
}

export async function broughtIn(engine: Engine, path: string): Promise<BroughtIn> {
  const file = await readNetworkFile(path)
  const spec: Spec = { name: 'imported', options: { ...file.network } as unknown as Spec['options'] }
  const model = buildModel(engine.tf, spec)
  const topology = topologyOf(spec, model)
  const tensors = tensorsIn(file)
  const weights = new Map(
    topology.parameters.map(({ name, shape }) => {
      const { values, shape: found } = tensors.get(name)!
      if (found.join() !== shape.join()) throw new Error(`${name} is [${found}] in the file and [${shape}] in the network`)
      return [name, values!] as const
    }),
  )
  return { file, model, network: { topology, weights, masks: new Map() } }
}

export const imagesFor = ({ topology: { input } }: Network): Float32Array => numbers(7, 2 * sizeOf(input), -1, 1)

export function logitsOf(engine: Engine, model: LayersModel, { weights, topology }: Network, images: Float32Array): number[] {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  return engine.tf.tidy(() => [
    ...(model.apply(engine.tf.tensor(images, [2, ...topology.input]), { training: false }) as Tensor).dataSync(),
  ])
}

/** The largest difference between two lists, as a part of the largest number where that is more than 1. */
export const apart = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(1, ...b.map(Math.abs)) : Number.NaN
