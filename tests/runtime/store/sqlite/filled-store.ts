/** A store in which every table of the index has rows, closed: made once, copied for each test that damages it. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { writeArtifact } from '../../../../runtime/store/artifact.ts'
import { openDisk } from '../../../../runtime/store/sqlite/disk-store.ts'
import { keep, runOf } from '../stored.ts'
import { numerics, smallNetwork, temporaryFolder } from '../temporary-store.ts'

const held = 'ab'.repeat(32)

/** @returns its folder */
export async function fillStore(folder: string): Promise<string> {
  const store = await openDisk(join(folder, '.espalier'))
  const dense = await keep(store, 'dense/train')
  const sparse = await keep(store, 'sparse/finetune', { seed: 1, inputs: { model: dense.artifact } })
  const snapshot = await writeArtifact(store.objects, smallNetwork(9))
  const known = (await store.results.get(dense.key))!
  await store.results.put(
    { ...known, snapshots: { '2': snapshot } },
    { training: { prefix: 'cd'.repeat(32), epochs: 3, state: await store.objects.put(Buffer.from('state')), weights: { '1': held } } },
  )
  await store.results.put({ ...known, key: 'ef'.repeat(32), path: 'test', kind: 'evaluate', artifact: undefined, snapshots: {} })
  await store.results.putMetrics(dense.key, [{ series: 'train/loss', step: 1, value: 0.5 }])
  await runOf(store, [dense, sparse], { file: join(folder, 'a.pipeline.ts') })
  await runOf(store, [dense], { file: join(folder, 'a.pipeline.ts'), end: false })
  await store.pins.add([dense.key])
  const part = { hash: held, name: 'f', place: 'a.ts:1', code: held, uses: [], text: 'f' }
  await store.functions.remember(new Map([[held, { name: 'f', parts: [part] }]]))
  for (const { key } of [dense, sparse]) await store.results.find(key)
  await store.checkpoints.write(held, { step: 1, tensors: new Map(), counters: {}, numerics })
  const taken = await store.leases.take(held)
  if ('lease' in taken) await store.leases.report(taken.lease, { step: 1 })
  store.close()
  return store.layout.root
}

export async function copyOf(store: string): Promise<string> {
  const root = join(await temporaryFolder(), '.espalier')
  cpSync(store, root, { recursive: true })
  return root
}
