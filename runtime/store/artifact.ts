/**
 * A network in the store: topology, weights and masks are separate objects, and the artifact is a small object that names them, so its
 * address is a hash over its parts. Provenance is in the index, not here: identical networks are one artifact, and snapshots of one
 * training share their topology and masks.
 */

import * as Option from 'effect/Option'
import * as Schema from 'effect/Schema'
import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { type Network, roles, type Topology } from '../../stdlib/network.ts'
import { StoreProblem } from '../problem.ts'
import { type Digest, hexOf } from './address.ts'
import { readMasks, writeMasks } from './masks.ts'
import type { Objects } from './objects.ts'
import { problems } from './problems.ts'
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors.ts'

const format = 'espalier/model/1'

const Address = Schema.String.check(Schema.makeFilter((text: string) => hexOf(text) !== undefined))
const Parts = Schema.Struct({
  format: Schema.Literal(format),
  topology: Address,
  weights: Address,
  masks: Schema.NullOr(Address),
})
export type ArtifactParts = typeof Parts.Type

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Sizes = Schema.Array(Count)
const InitializerForm = Schema.Union([
  Schema.Struct({ kind: Schema.Literals(['zeros', 'ones']) }),
  Schema.Struct({ kind: Schema.Literal('constant'), value: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('normal'), std: Schema.Number, mean: Schema.optionalKey(Schema.Number) }),
  Schema.Struct({ kind: Schema.Literal('uniform'), limit: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('orthogonal'), gain: Schema.Number }),
  Schema.Struct({ kind: Schema.Literal('parts'), values: Schema.Array(Schema.Number) }),
])
const TopologyForm = Schema.Struct({
  model: Schema.Struct({ name: Schema.String, options: Schema.Record(Schema.String, Schema.Json) }),
  input: Sizes,
  classes: Count,
  parameters: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      layer: Schema.String,
      role: Schema.Literals(roles),
      shape: Sizes,
      prunable: Schema.Boolean,
      trainable: Schema.Boolean,
      initializer: InitializerForm,
      pattern: Schema.optionalKey(Schema.Struct({ keep: Count, of: Count })),
    }),
  ),
  outputLayer: Schema.String,
})

/** Stores a network; identical networks get the same digest. Parts are written first, so an artifact in the store is complete. */
export async function writeArtifact(objects: Objects, network: Network): Promise<Digest> {
  const { topology, weights, masks } = network
  const shapes = new Map(topology.parameters.map(({ name, shape }) => [name, shape]))
  if (shapes.size !== topology.parameters.length || shapes.size !== weights.size)
    throw new TypeError(`a network has ${topology.parameters.length} parameters and ${weights.size} weights`)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, shape] of shapes) {
    const data = weights.get(name)
    if (data === undefined) throw new TypeError(`a network has no weights for ${name}`)
    tensors.set(name, { dtype: 'F32', shape, data })
  }
  const parts: ArtifactParts = {
    format,
    topology: await objects.put(Buffer.from(canonical(topologyJson(topology)))),
    weights: await objects.put(writeSafetensors(tensors)),
    masks: masks.size === 0 ? null : await objects.put(writeMasks(masks, shapes)),
  }
  return objects.put(Buffer.from(canonical(parts)))
}

/** Reads and validates a network. @throws StoreProblem of kind `missing`, `corrupt` or `malformed` */
export async function readArtifact(objects: Pick<Objects, 'get'>, digest: Digest): Promise<Network> {
  const parts = await readParts(objects, digest)
  const topology = decode(TopologyForm, await objects.get(parts.topology), `topology ${parts.topology}`) as Topology // same form, read-only in both
  const file = `weights ${parts.weights}`
  const { tensors } = readSafetensors(await objects.get(parts.weights), file)
  if (tensors.size !== topology.parameters.length) throw problems.malformed(file, 'it does not have one tensor for each parameter')
  const weights = new Map<string, Float32Array>()
  for (const { name, shape } of topology.parameters) {
    const tensor = tensors.get(name)
    if (tensor?.dtype !== 'F32' || !sameShape(tensor.shape, shape))
      throw problems.malformed(file, 'a tensor is not what the topology says', [['parameter', name]])
    weights.set(name, tensor.data)
  }
  return { topology, weights, masks: parts.masks === null ? new Map() : await readModelMasks(objects, parts.masks, topology) }
}

/** An artifact's topology, read without its weights; undefined when it cannot be read. */
export async function topologyOf(objects: Objects, digest: Digest): Promise<Topology | undefined> {
  try {
    const { topology } = await readParts(objects, digest)
    return decode(TopologyForm, await objects.get(topology), `topology ${topology}`) as Topology // same form, read-only in both
  } catch (problem) {
    if (problem instanceof StoreProblem) return undefined
    throw problem
  }
}

/** The addresses of an artifact's parts. */
export async function readParts(objects: Pick<Objects, 'get'>, digest: Digest): Promise<ArtifactParts> {
  return decode(Parts, await objects.get(digest), `artifact ${digest}`)
}

/** The artifact and its parts; only the artifact when it is missing or damaged, since its parts are then unknown. */
export async function partsRead(objects: Pick<Objects, 'get'>, artifact: Digest): Promise<readonly Digest[]> {
  try {
    const { topology, weights, masks } = await readParts(objects, artifact)
    return [artifact, topology, weights, ...(masks === null ? [] : [masks])]
  } catch (problem) {
    if (problem instanceof StoreProblem && ['missing', 'corrupt', 'malformed'].includes(problem.kind)) return [artifact]
    throw problem
  }
}

async function readModelMasks(objects: Pick<Objects, 'get'>, digest: Digest, topology: Topology): Promise<Map<string, Uint8Array>> {
  const file = `masks ${digest}`
  const stored = readMasks(await objects.get(digest), file)
  const masks = new Map<string, Uint8Array>()
  for (const { name, shape, role } of topology.parameters) {
    const found = stored.get(name)
    if (found === undefined) continue
    // Channel pruning masks biases and batch-norm parameters too; running statistics have no mask.
    if (role.startsWith('moving_') || !sameShape(found.shape, shape))
      throw problems.malformed(file, 'a mask does not fit its parameter', [['parameter', name]])
    masks.set(name, found.mask)
  }
  if (masks.size !== stored.size) throw problems.malformed(file, 'it has a mask for a parameter the topology does not have')
  return masks
}

function decode<S extends Schema.Decoder<unknown>>(form: S, content: Uint8Array, file: string): S['Type'] {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(content).toString('utf8'))
  } catch {
    throw problems.malformed(file, 'it is not JSON')
  }
  const decoded = Schema.decodeUnknownOption(form)(value)
  if (Option.isNone(decoded)) throw problems.malformed(file, 'it does not have the fields it should')
  return decoded.value
}

/** Copied field by field, so that properties attached by an engine do not enter the address. */
function topologyJson({ model, input, classes, parameters, outputLayer }: Topology): Json {
  return {
    model: { name: model.name, options: model.options } satisfies Spec,
    input,
    classes,
    outputLayer,
    parameters: parameters.map(({ name, layer, role, shape, prunable, trainable, initializer, pattern }) => ({
      name,
      layer,
      role,
      shape,
      prunable,
      trainable,
      initializer: { ...initializer },
      ...(pattern === undefined ? {} : { pattern: { ...pattern } }),
    })),
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i])
}
