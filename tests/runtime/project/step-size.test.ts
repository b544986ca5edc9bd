import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import { loadPipelines } from '../../../runtime/project/load/loader.ts'
import { largestStep } from '../../../runtime/project/step-size.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { fileOf } from './load/pipeline-files.ts'

const library = join(import.meta.dirname, '../../../stdlib/index.ts')
const cache = mkdtempSync(join(tmpdir(), 'espalier-test-'))
beforeAll(() => {
  vi.stubEnv('XDG_CACHE_HOME', cache)
  return () => vi.unstubAllEnvs()
})

async function graphOf(exported: string) {
  const file = fileOf(`import { adam, bnConv, compare, conv2, digits, kd, lenet300, model, task } from '${library}'
const net = (m, batch = 64) => task({ model: m, data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, batch })
const own = model((tf) => tf.sequential({ layers: [tf.layers.flatten({ inputShape: [28, 28, 1] }), tf.layers.dense({ units: 10, name: 'out' })] }), { classes: 10, layers: { out: 10 }, channels: 'has no channels', norm: 'no batch-norm', features: 'feature vector', members: 1 })
export default ${exported}
`)
  const store = await temporaryStore()
  return (await loadPipelines({ file, target: undefined }, { seconds: 60, store: store.places.home })).graph
}

const lenet300 = 784 * 300 + 300 * 100 + 100 * 10

test.each([
  ['one training', 'net(lenet300()).train()', 6 * 64 * lenet300],
  ['the largest batch', 'compare({ a: net(lenet300()).train(), b: net(lenet300(), 128).train() })', 6 * 128 * lenet300],
  [
    'the largest network, if it only teaches',
    'net(lenet300()).init().distill(net(conv2()).train(), kd())',
    6 * 64 * (784 * 9 * 16 + 196 * 9 * 16 * 32 + 49 * 32 * 128 + 128 * 10),
  ],
  ['a network of the user', 'net(own).train()', Number.POSITIVE_INFINITY],
  ['nothing to train', 'net(lenet300()).init().evaluate()', 0],
  ["nothing to train of the user's", 'net(own).init().evaluate()', 0],
])('%s', async (_, exported, flops) => {
  const graph = await graphOf(exported)
  expect(await largestStep(graph)).toBe(flops)
  expect(await largestStep(graph)).toBe(flops)
})

test('a network is built once; a record that holds no number is made again', async () => {
  const graph = await graphOf('net(bnConv([8, 8])).train()')
  const folder = join(cache, 'espalier/networks')
  const before = new Set(readdirSync(folder))
  const flops = await largestStep(graph)
  const [added, ...others] = readdirSync(folder).filter((name) => !before.has(name))
  expect(others).toEqual([])
  const path = join(folder, added!)
  writeFileSync(path, '1000')
  expect(await largestStep(graph)).toBe(6 * 64 * 1000)
  writeFileSync(path, '"many"')
  expect(await largestStep(graph)).toBe(flops)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toBe(flops / 6 / 64)
})
