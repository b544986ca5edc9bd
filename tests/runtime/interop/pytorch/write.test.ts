/** Weights of ours, in PyTorch. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { readPytorch } from '../../../../runtime/interop/pytorch/read.ts'
import { pytorchTensors } from '../../../../runtime/interop/pytorch/write.ts'
import { readWeightsFile } from '../../../../runtime/interop/weights-file.ts'
import { writeSafetensors } from '../../../../runtime/store/safetensors.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { batchEnsemble, lenet300, resnet } from '../../../../stdlib/index.ts'
import { boundNetwork, buildModel } from '../../../../stdlib/network-registry.ts'
import { languageModels, lived, numbers, small, specOf, transformers } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

test.each(Object.entries({ ...small, ...transformers, ...languageModels }))('%s is read back as it was', (_, made) => {
  const spec = specOf(made)
  const model = buildModel(engine.tf, spec)
  const { weights } = lived(spec, model)
  const file = writeSafetensors(pytorchTensors(model, weights)!)
  const read = readPytorch(model, readWeightsFile(file, 'f'), { names: {}, fresh: [] })
  model.dispose()
  if ('what' in read) throw new Error(read.what)
  expect(new Set(read.matches.map(({ by }) => by))).toEqual(new Set(['name']))
  for (const [name, values] of weights) expect([name, Buffer.compare(bytes(values), bytes(read.weights.get(name)!))]).toEqual([name, 0])
})

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength)

test('layers that PyTorch has no module for are none', () => {
  const spec = batchEnsemble(lenet300(), 2).spec
  const model = buildModel(engine.tf, spec)
  expect(pytorchTensors(model, lived(spec, model).weights)).toBeUndefined()
})

test.skipIf(torchVersion() === undefined)('a ResNet that PyTorch loads it into gives our logits', async () => {
  const folder = await temporaryFolder()
  const { spec } = resnet(20)
  const bound = boundNetwork(engine, spec)
  const { weights } = lived(spec, bound.model)
  bound.load(weights)
  const images = numbers(3, 2 * 32 * 32 * 3, 0, 1)
  const logits = await engine.read(bound.logits(engine.tf.tensor(images, [2, 32, 32, 3]), false))
  writeFileSync(join(folder, 'resnet.safetensors'), writeSafetensors(pytorchTensors(bound.model, weights)!))
  writeFileSync(join(folder, 'images.json'), JSON.stringify([...images]))
  const theirs = JSON.parse(execFileSync(python, [join(import.meta.dirname, 'torch_resnet.py'), folder], { encoding: 'utf8' })) as number[]
  const scale = Math.max(1, ...theirs.map(Math.abs))
  expect(Math.max(...theirs.map((logit, i) => Math.abs(logit - logits[i]!))) / scale).toBeLessThan(1e-4)
})
