/** Results as a run would have put them, without running anything. */
import type { Graph, Stage } from '../../../dsl/graph/stage.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { writeArtifact } from '../../../runtime/store/artifact.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { numerics, smallNetwork } from '../store/temporary-store.ts'
import { facts } from './stages.ts'

type Output = { readonly artifact: string; readonly snapshots: { readonly [epoch: string]: string } }

/** For the first `count` stages. */
export async function runFirst(store: Store, graph: Graph, count = graph.stages.length, keepSnapshots = true): Promise<void> {
  const outputs = new Map<string, Output>()
  for (const [n, stage] of graph.stages.slice(0, count).entries()) {
    const manifest = manifestOf(stage, inputsOf(stage, outputs), facts.digest)
    const artifact = await writeArtifact(store.objects, smallNetwork(n))
    const snapshot = await writeArtifact(store.objects, smallNetwork(100 + n))
    outputs.set(stage.id, { artifact, snapshots: { '2': snapshot } })
    const snapshots = stage.kind === 'train' && keepSnapshots ? { '2': snapshot } : {}
    const key = keyOf(manifest)
    const { kind, path } = stage
    await store.results.put({ key, kind, path, manifest, artifact, snapshots, metrics: {}, numerics, finished: n, seconds: 1 })
  }
}

function inputsOf(stage: Stage, outputs: ReadonlyMap<string, Output>) {
  return Object.fromEntries(
    Object.entries(stage.inputs).map(([role, ref]) => {
      const from = outputs.get(ref.stage)!
      return [role, ref.epoch === undefined ? from.artifact : from.snapshots[ref.epoch]!]
    }),
  )
}
