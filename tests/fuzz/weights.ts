/** Weights in PyTorch's layout, bent: what is taken is a whole network's; what is not ends in a sentence. */
import fc from 'fast-check'
import { openEngine } from '../../runtime/engine/open.ts'
import { readPytorch } from '../../runtime/interop/pytorch/read.ts'
import { pytorchTensors } from '../../runtime/interop/pytorch/write.ts'
import { readWeightsFile } from '../../runtime/interop/weights-file.ts'
import { type StoredTensor, writeSafetensors } from '../../runtime/store/safetensors.ts'
import { bnConv, lstm, vit } from '../../stdlib/index.ts'
import { topologyOf } from '../../stdlib/models/structure/topology.ts'
import { sizeOf } from '../../stdlib/network.ts'
import { buildModel } from '../../stdlib/network-registry.ts'
import { lived, specOf } from '../stdlib/models/every.ts'
import { type Fuzzer, sentenceOf } from './fuzzer.ts'
import { type Damage, damage, damaged } from './network-files.ts'

const networks = [vit(1, { width: 8, heads: 2, mlp: 6, patch: 8 }), lstm([3, 3], { vocabulary: 4, embedding: 2 }), bnConv([2, 3])] as const

const ends = ['weight', 'bias', 'running_mean', 'weight_ih_l0', 'weight_hh_l0', 'bias_hh_l1', 'weight_ih_l9', 'cls_token', '']
const words = ['blocks.0.attn.qkv', 'pos_embed', 'lstm', 'rnn', 'lstm.l1', 'fc', 'module', '__proto__', 'constructor', '..', '0', 'é']

type Change =
  | { readonly kind: 'rename' | 'copy'; readonly at: number; readonly to: string }
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'shape'; readonly at: number; readonly shape: readonly number[] }

const name = fc.tuple(fc.constantFrom(...words), fc.constantFrom(...ends)).map(([module, end]) => [module, end].filter(Boolean).join('.'))
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom('rename' as const, 'copy' as const), at: fc.nat(40), to: name }),
  fc.record({ kind: fc.constant('drop' as const), at: fc.nat(40) }),
  fc.record({ kind: fc.constant('shape' as const), at: fc.nat(40), shape: fc.array(fc.nat(9), { maxLength: 5 }) }),
)

function changed(tensors: ReadonlyMap<string, StoredTensor>, change: Change): ReadonlyMap<string, StoredTensor> {
  const entries = [...tensors]
  const at = change.at % Math.max(1, entries.length)
  const [name, tensor] = entries[at] ?? []
  if (name === undefined || tensor === undefined) return tensors
  switch (change.kind) {
    case 'drop':
      return new Map(entries.toSpliced(at, 1))
    case 'copy':
      return new Map([...entries, [change.to, tensor]])
    case 'rename':
      return new Map(entries.with(at, [change.to, tensor]))
    case 'shape':
      return new Map(entries.with(at, [name, { dtype: 'F32', shape: change.shape, data: new Float32Array(sizeOf(change.shape)) }]))
  }
}

interface Input {
  readonly network: number
  readonly changes: readonly Change[]
  readonly damage: Damage
  readonly names: { readonly [layer: string]: string }
  readonly fresh: readonly string[]
}

const layers = ['block1_query', 'block1_key', 'positions', 'lstm1', 'lstm2', 'embedding', 'conv1', 'bn1', 'out', 'missing']

export const weightFiles: Fuzzer<Input> = {
  name: 'weights',
  input: fc.record({
    network: fc.nat(networks.length - 1),
    changes: fc.array(change, { maxLength: 3 }),
    damage: fc.oneof({ weight: 3, arbitrary: fc.constant<Damage>([]) }, { weight: 1, arbitrary: damage }),
    names: fc.dictionary(fc.constantFrom(...layers), name, { maxKeys: 1 }),
    fresh: fc.subarray(layers, { maxLength: 1 }),
  }),
  async run({ network, changes, damage, names, fresh }) {
    opened ??= openEngine({ engine: 'portable', threads: 1 })
    const { tf } = await opened
    const spec = specOf(networks[network]!)
    const model = buildModel(tf, spec)
    try {
      const whole = pytorchTensors(model, lived(spec, model).weights)!
      const bytes = damaged(writeSafetensors(changes.reduce(changed, whole)), damage)
      const read = readPytorch(model, readWeightsFile(bytes, 'network.safetensors'), { names, fresh })
      if ('what' in read) {
        const text = [read.what, ...Object.entries(read.facts).flat()].join(' ')
        if (/undefined|NaN|\[object /.test(text)) throw new Error(`no sentence for a reader: ${text}`)
        return read.what
      }
      for (const { name, layer, shape } of topologyOf(spec, model).parameters)
        if (!fresh.includes(layer) && read.weights.get(name)?.length !== sizeOf(shape)) throw new Error(`${name} is not as large as it is`)
      return undefined
    } catch (cause) {
      return sentenceOf(cause)
    } finally {
      model.dispose()
    }
  },
}

let opened: ReturnType<typeof openEngine> | undefined
