/** Exports a network as ONNX. Pruned weights are zero; channels removed by shrink() are absent. */
import { canonical } from '../../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Normalisation } from '../../../stdlib/data/dataset.ts'
import type { LayersModel } from '../../../stdlib/engine.ts'
import { type BuiltLayer, layersOf } from '../../../stdlib/models/structure/rebuild.ts'
import type { Network } from '../../../stdlib/network.ts'
import type { ExportFormat } from '../export-format.ts'
import { knownActivation } from './activation.ts'
import { foldable, folded } from './fold.ts'
import { Graph } from './graph.ts'
import type { Weight } from './layer.ts'
import { layerKinds } from './layers.ts'
import { encodeModel } from './model.ts'
import { insideOf, isRecurrent, untranslated } from './recurrent.ts'

export const onnx: ExportFormat = {
  refuse(_, model) {
    for (const layer of layersOf(model)) refuseUnknown(layer)
  },
  async files({ network, artifact, options: { normalize, foldBatchNorm = false } }, services) {
    const { model } = await services.network(network.topology.model)
    const normalisation = normalize === undefined ? undefined : (await services.dataset(normalize.data)).normalisation
    const metadata = { artifact, model: canonical({ ...network.topology.model }) }
    return new Map([['', encodeModel({ ...modelOf(model, network, { normalisation, foldBatchNorm }), metadata })]])
  },
}

interface Written {
  readonly normalisation: Normalisation | undefined
  readonly foldBatchNorm: boolean
}

/** @throws PipelineProblem for layers without an ONNX equivalent */
function modelOf(model: LayersModel, { weights, topology }: Network, { normalisation, foldBatchNorm }: Written) {
  const layers = layersOf(model)
  for (const layer of layers) refuseUnknown(layer)
  const shapes = new Map(topology.parameters.map(({ name, shape }) => [name, shape]))
  const weightOf =
    (layer: string) =>
    (role: string): Weight | undefined => {
      const data = weights.get(`${layer}/${role}`)
      return data === undefined ? undefined : { shape: shapes.get(`${layer}/${role}`)!, data }
    }
  const outputs = model.outputs.map(({ id }) => id)
  const norms = foldBatchNorm ? foldable(layers, outputs) : new Map<string, BuiltLayer>()
  const inFront = new Set([...norms.values()].map(({ name }) => name))

  const graph = new Graph()
  const [input] = model.inputs
  const shape = exampleOf(input!.shape)
  const tokens = layers.every((layer) => !reads(layer, input!.id) || layer.getClassName() === 'Embedding')
  // Tokens are not normalised.
  const given = normalisation === undefined || tokens ? 'input' : normalised(graph, normalisation, shape.length)
  const values = new Map([[input!.id, given]])
  for (const layer of layers) {
    const { inputTensors, outputTensors } = layer.inboundNodes[0]!
    const inputs = inputTensors.map(({ id }) => values.get(id)!)
    const [from, to] = [exampleOf(inputTensors[0]!.shape), exampleOf(outputTensors[0]!.shape)]
    const norm = norms.get(layer.name)
    const weight = norm === undefined ? weightOf(layer.name) : folded(weightOf(layer.name), norm, weightOf(norm.name))
    const { name } = layer
    const written = inFront.has(name)
      ? inputs[0]!
      : layerKinds[layer.getClassName()]!({ name, config: layer.getConfig(), inputs, from, to, weight }, graph)
    values.set(outputTensors[0]!.id, written)
  }
  return graph.model(values.get(outputs[0]!)!, {
    input: { name: 'input', shape: ['batch', ...channelsFirst(shape)], type: tokens ? 'int64' : 'float32' },
    output: { name: 'logits', shape: ['batch', ...exampleOf(model.outputs[0]!.shape)], type: 'float32' },
    metadata: {},
  })
}

const reads = (layer: BuiltLayer, tensor: number): boolean => layer.inboundNodes[0]!.inputTensors.some(({ id }) => id === tensor)

/** Shape of one example, without the batch axis. */
const exampleOf = (shape: readonly (number | null)[]): readonly number[] => shape.slice(1).map(Number)

/** Moves the channels of an image to the front. */
const channelsFirst = (shape: readonly number[]): readonly number[] => (shape.length === 3 ? [shape[2]!, shape[0]!, shape[1]!] : shape)

/** (x − mean) / std, per channel. */
function normalised(graph: Graph, { mean, std }: Normalisation, rank: number): string {
  const perChannel = (name: string, values: readonly number[]) =>
    graph.constant(`normalize/${name}`, rank === 3 ? [values.length, 1, 1] : [values.length], Float32Array.from(values))
  return graph.add('Div', 'normalize', [graph.add('Sub', 'normalize/sub', ['input', perChannel('mean', mean)]), perChannel('std', std)])
}

/** The first unsupported option of a layer. */
function untranslatedIn(layer: BuiltLayer): readonly [option: string, value: unknown] | undefined {
  const [kind, config] = [layer.getClassName(), layer.getConfig()]
  if (isRecurrent(kind)) return layer.inboundNodes[0]!.inputTensors.length > 1 ? ['initialState', 'given'] : untranslated(kind, config)
  // Masking would affect all later layers.
  if (config.maskZero === true) return ['maskZero', true]
  const inside = insideOf(config)
  if (inside !== undefined && inside.className !== 'Dense') return ['layer', inside.className]
  return knownActivation(inside?.config ?? config) ? undefined : ['activation', config.activation]
}

function refuseUnknown(layer: BuiltLayer): void {
  const kind = layer.getClassName()
  const known = layerKinds[kind] !== undefined
  const strange = known ? untranslatedIn(layer) : undefined
  if (known && strange === undefined) return
  throw new PipelineProblem({
    title: `The network cannot be written as ONNX: its layer ${layer.name} ${known ? 'has an option' : 'is of a kind'} that is not translated.`,
    facts: {
      'kind of layer': kind,
      ...(strange === undefined ? { 'known kinds': Object.keys(layerKinds).join(', ') } : { [strange[0]]: String(strange[1]) }),
    },
    hint: "Use format: 'safetensors', which holds only the weights; of a batch ensemble, write what mergeMembers() gives.",
  })
}
