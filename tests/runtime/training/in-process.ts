/** Trainings on small images, run in this process, that stop where they are told to and go on in another worker. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { dataFacts } from '../../../runtime/data/datasets.ts'
import type { FromWorker } from '../../../runtime/execution/protocol.ts'
import { runStage } from '../../../runtime/kinds/run-stage.ts'
import { workOf } from '../../../runtime/kinds/work.ts'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import { storeFiles } from '../../../runtime/store/files.ts'
import type { DataFolder } from '../../../runtime/store/location.ts'
import type { MetricPoint } from '../../../runtime/store/results.ts'
import { WorkerCache } from '../../../runtime/worker/cache.ts'
import type { Outcome } from '../../../runtime/worker/stage-context.ts'
import { bnConv, idx, type Runnable, sgd, task } from '../../../stdlib/index.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { idx as file } from '../../stdlib/data/idx-files.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

export const batch = 20
/** 200 images whose brightness grows with their class, of which 160 are for training: 8 steps an epoch. */
export let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-test-'))
  for (const [set, count] of [
    ['train', 200],
    ['t10k', 50],
  ] as const) {
    const random = new Stream(3, 'data', count)
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (Math.floor(i / 784) % 10) * 20 + random.below(60))
    await writeFile(join(root, `${set}-images-idx3-ubyte`), file([count, 28, 28], pixels))
    await writeFile(
      join(root, `${set}-labels-idx1-ubyte`),
      file(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 10),
      ),
    )
  }
})

afterAll(() => rm(root, { recursive: true }))

export const taskOf = () =>
  task({ model: bnConv([4, 4]), data: idx({ from: root, classes: 10, validation: 40 }), optimizer: sgd({ lr: 0.05 }), epochs: 3, batch })

interface Ran {
  readonly outcome: Outcome
  readonly points: readonly MetricPoint[]
}

/** Runs every stage of a pipeline in this process; those that train stop and go on at each of `stops`, in another worker. */
export async function run(pipeline: Runnable, stops: readonly number[] = []) {
  const { stages } = compile({ default: pipeline })
  const files = storeFiles(join(await temporaryFolder(), '.espalier'))
  const ran = new Map<string, Ran>()
  let cache = new WorkerCache(files, { threads: 1 })
  for (const stage of stages) {
    const inputs = Object.fromEntries(
      Object.entries(stage.inputs).map(([role, ref]) => {
        const { outcome } = ran.get((ref as { stage: string }).stage)!
        return [role, outcome.artifact!]
      }),
    )
    let points: MetricPoint[] = []
    const once = async (resume: boolean, stopAt: number | undefined) => {
      let steps = 0
      cache.begin({ source: null, data: await dataOf(stage, files.data) })
      const job = {
        work: workOf(stage, inputs),
        key: stage.id.replace('s', '').padStart(64, '0'),
        source: null,
        data: null,
        path: stage.path,
        resume,
        keep: [],
        folder: null,
        continueFrom: null,
        given: {},
        expected: {},
        keepState: false,
        stopAfter: null,
        store: files.places.home,
        engine: { engine: 'tensorflow', xla: false } as const,
        threads: 1,
        checkpointEvery: 1000,
      }
      const report = (message: Extract<FromWorker, { type: 'started' | 'progress' | 'metrics' }>) => {
        if (message.type === 'started') points = []
        if (message.type === 'metrics') points.push(...message.points)
      }
      // Asked after every step.
      const stopping = () => ++steps === stopAt
      return runStage(job.work, { job, ...files, report, stopping }, cache)
    }
    let end: Awaited<ReturnType<typeof runStage>> | undefined
    if (stage.kind === 'train' || stage.kind === 'distill') {
      for (const [i, stop] of stops.entries()) {
        end = await once(i > 0, stop)
        expect(end).toHaveProperty('stoppedAt')
        cache = new WorkerCache(files, { threads: 1 })
      }
    }
    end = await once(stops.length > 0, undefined)
    if ('stoppedAt' in end) throw new Error('it stopped')
    ran.set(stage.id, { outcome: end, points })
  }
  const last = stages.filter(({ kind }) => kind !== 'evaluate').at(-1)!
  const { outcome, points } = ran.get(last.id)!
  const network = await readArtifact(files.objects, outcome.artifact!)
  const plain = Object.fromEntries([...network.weights].map(([name, values]) => [name, values]))
  const measured = stages.findLast(({ kind }) => kind === 'evaluate')!
  return { ...outcome, points, network, weights: plain, masks: network.masks, evaluated: ran.get(measured.id)!.outcome.metrics }
}

const dataOf = async (stage: Stage, folder: DataFolder) =>
  'data' in stage.options ? (await dataFacts(folder, stage.options.data as Parameters<typeof dataFacts>[1])).digest : null
