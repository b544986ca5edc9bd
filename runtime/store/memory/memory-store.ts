/**
 * A store in memory, for tests, kept minimal to show what a store is. Stores opened on one `MemoryWorld` share it as processes share a
 * folder. It has nothing that concerns longer lifetimes: no versions, no damaged index, no power failures.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { LeaseOptions } from '../leases.ts'
import { problems } from '../problems.ts'
import { isEmpty } from '../remarks.ts'
import type { Store, StoreFiles } from '../store.ts'
import { memoryCheckpoints, memoryExports, memoryLogs, memoryObjects } from './memory-files.ts'
import { memoryInventory } from './memory-inventory.ts'
import { memoryJournal } from './memory-journal.ts'
import { memoryLeases } from './memory-leases.ts'
import { memoryResults } from './memory-results.ts'
import { MemoryWorld } from './memory-world.ts'

export interface MemoryOptions {
  readonly readOnly?: boolean
  readonly leases?: LeaseOptions
}

export function memoryStore(world = new MemoryWorld(), { readOnly = false, leases: options }: MemoryOptions = {}): Store {
  const id = randomUUID()
  world.open.add(id)
  const writable = () => {
    if (readOnly) throw problems.readOnly(world.folder, 'change it')
  }
  const files: StoreFiles = {
    location: world.folder,
    places: { home: world.folder, objects: world.folder },
    objects: memoryObjects(world.files),
    checkpoints: memoryCheckpoints(world.files),
    exports: memoryExports(world.files, world.folder),
    logs: memoryLogs(world.files),
    data: { data: join(world.folder, 'data'), tmp: join(world.folder, 'tmp') },
  }
  const { leases, stop } = memoryLeases(world, id, options)
  return {
    ...files,
    results: memoryResults(world, files.objects, writable),
    leases,
    journal: memoryJournal(world, id, readOnly),
    pins: {
      all: async () => [...world.pins],
      async add(keys) {
        writable()
        const fresh = [...new Set(keys)].filter((key) => !world.pins.has(key))
        for (const key of fresh) world.pins.add(key)
        return fresh
      },
      async remove(keys) {
        writable()
        return [...world.pins].filter((key) => keys.includes(key) && world.pins.delete(key))
      },
    },
    remarks: {
      all: async () => new Map([...world.remarks].sort(([a], [b]) => a - b)),
      async set(run, remark) {
        writable()
        if (isEmpty(remark)) world.remarks.delete(run)
        else world.remarks.set(run, remark)
      },
    },
    functions: {
      async remember(records) {
        for (const [fingerprint, record] of records) world.functions.set(fingerprint, record)
      },
      find: async (fingerprints) => {
        const wanted = new Set(fingerprints)
        return new Map([...world.functions].filter(([fingerprint]) => wanted.has(fingerprint)))
      },
    },
    inventory: memoryInventory(world, files.objects, writable),
    readOnly,
    close() {
      stop()
      world.open.delete(id)
    },
  }
}
