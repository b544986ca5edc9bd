/** Networks of ours that torchvision, timm or PyTorch have too: their own classes take our weights as they are, and ours theirs. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { python } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { readPytorch } from '../../../../runtime/interop/pytorch/read.ts'
import { pytorchTensors } from '../../../../runtime/interop/pytorch/write.ts'
import { readWeightsFile } from '../../../../runtime/interop/weights-file.ts'
import { writeSafetensors } from '../../../../runtime/store/safetensors.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { type Arch, lstm, type Model, mobilenetV2, resnet, resnet8x4, vgg, vit } from '../../../../stdlib/index.ts'
import { sizeOf } from '../../../../stdlib/network.ts'
import { boundNetwork } from '../../../../stdlib/network-registry.ts'
import { BoundNetwork } from '../../../../stdlib/training/bound-network.ts'
import { lived, numbers, type Spec } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { apart } from '../import/brought-in.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const counterparts: { readonly [name: string]: Model<Arch> } = {
  resnet: resnet(20),
  resnetX4: resnet8x4(),
  mobilenetV2: mobilenetV2(),
  vgg: vgg(11),
  vit: vit(2, { patch: 4, width: 24, heads: 3, mlp: 48 }),
  lstm: lstm([12, 9], { vocabulary: 11, embedding: 7 }),
  // Its two layers are one module there: it is read alone.
  lstmStacked: lstm([9, 9], { vocabulary: 11, embedding: 7 }),
}

const custom = { name: 'custom', options: {} } as const

/** Networks of tf.layers with tokens and recurrent layers, and the order in which PyTorch's names are found. */
const recurrentNetworks: { readonly [name: string]: (layers: Engine['tf']['layers']) => readonly object[] } = {
  lstmBoth: (layers) => [
    layers.bidirectional({ name: 'rnn1', mergeMode: 'concat', layer: plainLstm(layers, true) as never }),
    layers.bidirectional({ name: 'rnn2', mergeMode: 'concat', layer: plainLstm(layers, false) as never }),
  ],
  rnn: (layers) => [
    layers.simpleRNN({ name: 'rnn1', units: 5, returnSequences: true, activation: 'relu' }),
    layers.bidirectional({ name: 'rnn2', mergeMode: 'concat', layer: layers.simpleRNN({ units: 4 }) as never }),
  ],
}
const plainLstm = (layers: Engine['tf']['layers'], returnSequences: boolean) =>
  layers.lstm({ units: 4, recurrentActivation: 'sigmoid', returnSequences })

function boundOf(name: string): { readonly bound: BoundNetwork; readonly input: readonly number[]; readonly spec: Spec } {
  const known = counterparts[name]
  if (known !== undefined) return { bound: boundNetwork(engine, known.spec), input: known.input!, spec: known.spec }
  const { layers, sequential } = engine.tf
  const made = recurrentNetworks[name]!(layers) as ReturnType<typeof layers.dense>[]
  const embedding = layers.embedding({ name: 'embedding', inputDim: 11, outputDim: 7, inputLength: 6 })
  const model = sequential({ layers: [embedding, ...made, layers.dense({ name: 'out', units: 11 })] })
  return { bound: new BoundNetwork(engine, custom, model), input: [6], spec: custom }
}

const packages = 'torchvision, timm, safetensors'
const missing = (() => {
  try {
    execFileSync(python, ['-c', `import ${packages}`], { stdio: 'ignore' })
    return undefined
  } catch {
    return `${python} cannot import ${packages}; PYTHON names a Python that can`
  }
})()
if (missing !== undefined) console.log(`skipped: counterparts of networks. ${missing}.`)

test.skipIf(missing !== undefined)(
  'logits are equal both ways',
  async () => {
    const folder = await temporaryFolder()
    const ours = new Map<string, { readonly logits: readonly number[]; readonly theirs: () => Promise<number[]> }>()
    const names = [...Object.keys(counterparts), ...Object.keys(recurrentNetworks)]
    for (const name of names) {
      const { bound, input, spec } = boundOf(name)
      const { weights } = lived(spec, bound.model)
      bound.load(weights)
      const shape = [2, ...input]
      const inputs = input.length === 1 ? numbers(5, sizeOf(shape), 0, 11).map(Math.floor) : numbers(5, sizeOf(shape), -1, 1)
      const logits = () => engine.read(bound.logits(engine.tf.tensor(inputs, shape), false))
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ inputs: [...inputs], shape }))
      if (name !== 'lstmStacked')
        writeFileSync(join(folder, `${name}.safetensors`), writeSafetensors(pytorchTensors(bound.model, weights)!))
      const theirs = async () => {
        const file = join(folder, `${name}-theirs.safetensors`)
        const read = readPytorch(bound.model, readWeightsFile(readFileSync(file), file), { names: {}, fresh: [] })
        if ('what' in read) throw new Error(`${name}: ${read.what}`)
        expect([name, [...new Set(read.matches.map(({ by }) => by))]]).toEqual([name, ['name']])
        bound.load(read.weights)
        return [...(await logits())]
      }
      ours.set(name, { logits: [...(await logits())], theirs })
    }
    const script = join(import.meta.dirname, 'counterparts.py')
    const out = JSON.parse(execFileSync(python, ['-W', 'ignore', script, folder], { encoding: 'utf8', maxBuffer: 1e8 })) as {
      readonly [name: string]: number[]
    }
    expect(Object.keys(out)).toEqual(names.filter((name) => name !== 'lstmStacked'))
    const differences: { [name: string]: number } = {}
    for (const [name, { logits, theirs }] of ours) {
      if (out[name] !== undefined) differences[`${name}, out`] = apart(logits, out[name])
      const expected = JSON.parse(readFileSync(join(folder, `${name}-theirs.json`), 'utf8')) as number[]
      // Else any network would do.
      expect([name, Math.max(...expected) - Math.min(...expected) > 0.1]).toEqual([name, true])
      differences[`${name}, in`] = apart(await theirs(), expected)
    }
    expect(Object.entries(differences).filter(([, difference]) => !(difference < 1e-4))).toEqual([])
  },
  900_000,
)
