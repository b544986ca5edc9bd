/** The inventory of a store in memory. */
import { partsRead } from '../artifact.ts'
import { bytesOf, type Inventory, type StoredFile } from '../inventory.ts'
import type { Objects } from '../objects.ts'
import { memoryCheckpoints, objectFile } from './memory-files.ts'
import type { MemoryWorld } from './memory-world.ts'

export function memoryInventory(world: MemoryWorld, objects: Objects, writable: () => void): Inventory {
  const { files } = world
  const stored = () => files.in('objects').map((each) => ({ digest: `sha256:${each.file.slice('objects/'.length)}`, ...each }))
  const keyIn = ({ file }: StoredFile) => file.split('/')[1]!
  const contents: Inventory['contents'] = {
    objects: async () => stored(),
    content: async (digest) => files.read(objectFile(digest)),
    async checkpoints() {
      const byKey = Map.groupBy(files.in('checkpoints'), keyIn)
      return new Map(
        [...byKey].map(([key, each]) => {
          const changed = Math.max(...each.map((file) => file.changed))
          return [key, { file: `checkpoints/${key}`, bytes: bytesOf(each), changed }]
        }),
      )
    },
    async eachCheckpoint() {
      return files.in('checkpoints').map((each) => ({
        ...each,
        async sound() {
          const step = Number(each.file.split('/')[2]!.split('-')[0])
          const found = (await memoryCheckpoints(files).list(keyIn(each))).find((checkpoint) => checkpoint.step === step)
          return (await found?.load()) !== 'damaged'
        },
      }))
    },
    async setAside({ file }, name) {
      const content = files.read(file)
      if (content !== undefined) files.write(`quarantine/${name}`, content)
      files.remove(file)
    },
  }
  return {
    contents,
    partsOf: (artifact) => partsRead(objects, artifact),
    async results() {
      const kept = [...world.results.values()].map(({ key, kind, path, artifact, snapshots, finished }) => ({
        key,
        kind,
        path,
        artifacts: [
          ...(artifact === undefined ? [] : [{ artifact }]),
          ...Object.entries(snapshots).map(([snapshot, each]) => ({ artifact: each, snapshot })),
        ],
        tick: world.uses.get(key) ?? finished,
      }))
      return kept.sort((a, b) => a.tick - b.tick)
    },
    async parts() {
      const [logs, quarantine] = [files.in('logs'), files.in('quarantine')]
      return { objects: stored(), checkpoints: files.in('checkpoints'), data: [], logs, runs: [], quarantine, tmp: [] }
    },
    async leftovers(stays) {
      const ofGone = [...files.in('logs'), ...files.in('exports')].filter((each) => !stays(keyIn(each)))
      return [...ofGone, ...files.in('quarantine')]
    },
    async remove({ results, objects: going, others }) {
      writable()
      for (const { key } of results) {
        for (const table of [world.results, world.metrics, world.uses, world.epochWeights]) table.delete(key)
        for (const keys of world.places.values()) keys.delete(key)
      }
      for (const { file, changed } of [...going, ...others]) if (files.in(file).every((now) => now.changed <= changed)) files.remove(file)
    },
    async forget(key, snapshot) {
      const result = world.results.get(key)
      if (result === undefined) return
      if (snapshot === undefined) world.results.delete(key)
      else
        world.results.set(key, {
          ...result,
          snapshots: Object.fromEntries(Object.entries(result.snapshots).filter(([at]) => at !== snapshot)),
        })
    },
    faults: async () => [],
  }
}
