/** Networks written for other programs, and read back by them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { readSafetensors } from '../../../runtime/store/safetensors.ts'
import { batchEnsemble, bnConv, compare, digits, lenet300, type Runnable, sgd, task } from '../../../stdlib/index.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import { temporaryFolder } from '../store/temporary-store.ts'
import { artifactsOf, graphOf, pathsOf, runIn } from './running.ts'

/** Paths begin beside the store: without a place in a file there is no other project. */
const withoutPlaces = (target: Runnable): Graph => {
  const { stages, ...rest } = graphOf(target)
  return { ...rest, stages: stages.map(({ at: _, ...stage }) => stage) as unknown as Graph['stages'] }
}

const conv = task({ model: bnConv([4, 6]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1, batch: 512 })
const study = compare({
  weights: conv.train().prune(0.5).export({ format: 'safetensors', path: 'models/pruned.safetensors' }),
  whole: conv.train().prune(0.5).export({ format: 'tfjs', path: 'models/pruned' }),
})

test('safetensors and tfjs hold the network to the bit; what is missing or changed is written again, and nothing is trained', async () => {
  const folder = await temporaryFolder()
  const store = await openStore(join(folder, '.espalier'))
  const graph = withoutPlaces(study)
  const first = await runIn(store, graph)
  expect(first.end.ok).toBe(true)
  const network = await readArtifact(store.objects, artifactsOf(first)['weights/prune']!)

  const file = join(folder, 'models/pruned.safetensors')
  const { tensors, metadata } = readSafetensors(readFileSync(file), file)
  expect(new Map([...tensors].map(([name, { data }]) => [name, data]))).toEqual(new Map(network.weights))
  expect(metadata.artifact).toBe(artifactsOf(first)['weights/prune'])
  expect([...tensors.get('conv1/kernel')!.data].filter((weight) => weight === 0).length).toBeGreaterThan(0)

  const at = join(folder, 'models/pruned')
  const read = await tf.loadLayersModel({
    load: async () =>
      tf.io.getModelArtifactsForJSON(JSON.parse(readFileSync(join(at, 'model.json'), 'utf8')) as tf.io.ModelJSON, async (manifest) => [
        manifest.flatMap(({ weights }) => weights),
        tf.io.concatenateArrayBuffers(
          manifest.flatMap(({ paths }) => paths).map((path) => Uint8Array.from(readFileSync(join(at, path))).buffer),
        ),
      ]),
  })
  const engine = await openEngine({ threads: 1 })
  const bound = boundNetwork(engine, network.topology.model)
  bound.load(network.weights)
  const images = Float32Array.from({ length: 3 * 784 }, (_, i) => ((i * 37) % 101) / 101)
  const ours = await engine.read(bound.logits(engine.tf.tensor(images, [3, 28, 28, 1]), false))
  const theirs = await (read.predict(tf.tensor(images, [3, 28, 28, 1])) as tf.Tensor).data()
  for (const [i, logit] of theirs.entries()) expect(logit).toBeCloseTo(ours[i]!, 4)

  const facts = (await runIn(store, graph)).events
  expect(facts.some(({ event }) => event === 'stage-start')).toBe(false)
  const before = readFileSync(file)
  rmSync(file)
  const [shard] = readdirSync(at).filter((name) => name.endsWith('.bin'))
  const good = readFileSync(join(at, shard!))
  writeFileSync(join(at, shard!), Buffer.concat([good.subarray(0, -1), Buffer.of(good.at(-1)! ^ 1)]))
  const again = await runIn(store, graph)
  // Both are ready at once, and the first whose memory is known takes the slot.
  expect(pathsOf(again, 'stage-start').sort()).toEqual(['weights/export', 'whole/export'])
  expect(readFileSync(file)).toEqual(before)
  expect(readFileSync(join(at, shard!))).toEqual(good)
  store.close()
})

test('layers that no other program knows are refused for tfjs in one sentence, and written as safetensors', async () => {
  const folder = await temporaryFolder()
  const store = await openStore(join(folder, '.espalier'))
  const { train } = task({ model: batchEnsemble(lenet300(), 2), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1, batch: 512 })
  const graph = withoutPlaces(
    compare({
      one: train().export({ format: 'tfjs', path: 'one' }),
      two: train().export({ format: 'safetensors', path: 'two.safetensors' }),
    }),
  )
  const { end, events } = await runIn(store, graph)
  expect(end.ok).toBe(false)
  const failed = events.filter((event) => event.event === 'stage-failed')
  expect(failed.map((event) => 'path' in event && event.path)).toEqual(['one/export'])
  expect(JSON.stringify(failed)).toContain('not one of tf.layers')
  expect(readdirSync(folder)).toContain('two.safetensors')
  store.close()
})
