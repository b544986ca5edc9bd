import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataFacts } from '../../../runtime/data/datasets.ts'
import { openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import { canMount, smallDisk } from '../store/small-disk.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { artifactsOf, graphOf, runIn, small } from './running.ts'

test.runIf(canMount)(
  'a disk that is full in the middle of a checkpoint fails the stage with the bytes missing, leaves nothing half-written, and it continues when there is room',
  {
    timeout: 200_000,
  },
  async () => {
    const graph = graphOf(small(6).train())
    const disk = smallDisk(64e6)
    const store = await openDisk(join(disk, '.espalier'))
    onTestFinished(() => store.close())
    // What must be there before the training: its data, the first weights, the index.
    await dataFacts(store.data, { name: 'digits', options: {} })
    await runIn(store, graphOf(small(6).init()))
    // A checkpoint takes 3.2 MB, and one fits.
    const { bavail, bsize } = statfsSync(disk)
    writeFileSync(join(disk, 'filler'), new Uint8Array(bavail * bsize - 4.5e6))
    const full = await runIn(store, graph, { checkpointEvery: 0.05 })
    expect(full.end).toMatchObject({ ok: false, interrupted: false, stages: { failed: 1 } })
    const failed = full.events.find((event) => event.event === 'stage-failed')
    expect(failed).toMatchObject({ path: 'train', problem: { title: expect.stringContaining('The disk is full') } })
    const facts = Object.fromEntries(failed?.event === 'stage-failed' ? failed.problem.facts : [])
    expect(Number(facts['bytes missing'])).toBeGreaterThan(0)
    const left = readdirSync(store.layout.checkpoints).flatMap((key) => readdirSync(join(store.layout.checkpoints, key)))
    expect(
      left.every((name) => /^\d+-[0-9a-f]{16}\.ckpt$/.test(name)),
      left.join(),
    ).toBe(true)
    expect(left.length).toBe(1)

    rmSync(join(disk, 'filler'))
    const again = await runIn(store, graph)
    expect(again.end).toMatchObject({ ok: true, stages: { resumed: 1 } })
    const undisturbed = await runIn(await temporaryStore(), graph)
    expect(artifactsOf(again).train).toBe(artifactsOf(undisturbed).train)
  },
)
