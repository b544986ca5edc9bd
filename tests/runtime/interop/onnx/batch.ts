/** Networks written as ONNX, checked in full by its own checker and run by onnxruntime, all at once: it takes a second to load. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportOptions } from '../../../../dsl/graph/stage-options.ts'
import { onnx } from '../../../../runtime/interop/onnx/onnx.ts'
import type { Engine, LayersModel, Tensor } from '../../../../stdlib/engine.ts'
import { parametersOf } from '../../../../stdlib/models/structure/topology.ts'
import { type Network, sizeOf } from '../../../../stdlib/network.ts'
import { pythonWith } from '../../../python-packages.ts'
import { numbers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const environment = await pythonWith('onnx-1.23.2', ['onnx==1.23.2', 'onnxruntime==1.32.0'])
/** Why there is no onnxruntime; undefined when there is. */
export const { missing } = environment

const format: ExportOptions = { format: 'onnx', path: 'network.onnx' }
const normalisation = { mean: [0.2, 0.3, 0.4], std: [0.5, 0.6, 0.7] }

export async function exported(
  engine: Engine,
  model: LayersModel,
  network: Network,
  options: Partial<ExportOptions> = {},
): Promise<Uint8Array> {
  const services = {
    engine: async () => engine,
    network: async () => ({ model }) as never,
    dataset: async () => ({ input: network.topology.input, classes: 10, normalisation }),
  }
  const files = await onnx.files(
    { network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), metrics: {}, options: { ...format, ...options } },
    services,
  )
  return files.get('')!
}

function logitsOf(engine: Engine, model: LayersModel, { weights, topology }: Network, inputs: Float32Array): number[] {
  for (const { parameter, variable } of parametersOf(model)) engine.assign(variable, weights.get(parameter.name)!)
  return engine.tf.tidy(() => [
    ...(model.apply(engine.tf.tensor(inputs, [2, ...topology.input]), { training: false }) as Tensor).dataSync(),
  ])
}

/** [2, height, width, channels] → [2, channels, height, width] */
function channelsFirst(images: Float32Array, [height, width, channels]: readonly number[]): number[] {
  const pixels = height! * width!
  return Array.from({ length: images.length }, (_, i) => {
    const [image, channel, pixel] = [Math.floor(i / (pixels * channels!)), Math.floor(i / pixels) % channels!, i % pixels]
    return images[(image * pixels + pixel) * channels! + channel]!
  })
}

export interface Checked {
  readonly apart: number
  readonly operators: { readonly [operator: string]: number }
  readonly input: readonly (string | number)[]
  readonly type: string
  readonly opset: number
  readonly metadata: { readonly [name: string]: string }
}

/** Networks by name. */
export class Batch {
  readonly #engine: Engine
  readonly #folder = temporaryFolder()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async add(name: string, model: LayersModel, network: Network, options: Partial<ExportOptions> = {}): Promise<void> {
    const { input } = network.topology
    const count = 2 * sizeOf(input)
    const vocabulary = vocabularyOf(model)
    const inputs =
      vocabulary === undefined
        ? numbers(7, count, options.normalize === undefined ? -1 : 0, 1)
        : numbers(7, count, 0, vocabulary).map(Math.floor)
    const taken =
      options.normalize === undefined || vocabulary !== undefined
        ? inputs
        : inputs.map((pixel, i) => (pixel - normalisation.mean[i % 3]!) / normalisation.std[i % 3]!)
    const at = join(await this.#folder, name)
    writeFileSync(`${at}.onnx`, await exported(this.#engine, model, network, options))
    const image = input.length === 3
    const given = {
      inputs: image ? channelsFirst(inputs, input) : [...inputs],
      shape: image ? [2, input[2], input[0], input[1]] : [2, ...input],
      logits: logitsOf(this.#engine, model, network, taken),
    }
    writeFileSync(`${at}.json`, JSON.stringify(given))
  }

  async checked(): Promise<{ readonly [name: string]: Checked }> {
    const script = join(import.meta.dirname, 'check.py')
    return JSON.parse(execFileSync(environment.python, [script, await this.#folder], { encoding: 'utf8' })) as {
      readonly [name: string]: Checked
    }
  }
}

/** Of a network that reads tokens. */
function vocabularyOf(model: LayersModel): number | undefined {
  const first = model.layers.find((layer) => layer.getClassName() === 'Embedding')
  return first === undefined ? undefined : Number(first.getConfig().inputDim)
}
