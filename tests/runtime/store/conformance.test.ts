import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { storeFiles } from '../../../runtime/store/files.ts'
import { objectFile } from '../../../runtime/store/memory/memory-files.ts'
import { memoryStore } from '../../../runtime/store/memory/memory-store.ts'
import { MemoryWorld } from '../../../runtime/store/memory/memory-world.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { openDisk } from '../../../runtime/store/sqlite/disk-store.ts'
import { conformance, type Place } from './conformance.ts'
import { canMount, smallDisk } from './small-disk.ts'
import { temporaryFolder } from './temporary-store.ts'

const flipped = (content: Uint8Array): Uint8Array => content.map((byte, i) => (i === content.length - 1 ? byte ^ 1 : byte))

async function diskPlace(): Promise<Place & { readonly location: string }> {
  const location = join(await temporaryFolder(), '.espalier')
  const fileOf = async (digest: string) => (await storeFiles(location).objects.whereIs(digest)).file
  return {
    location,
    open: (options) => openStore(location, options),
    openReadOnly: () => openStore(location, { readOnly: true }),
    async damage(digest) {
      const file = await fileOf(digest)
      await writeFile(file, flipped(await readFile(file)))
      await utimes(file, 1000, 1000)
    },
    remove: async (digest) => rm(await fileOf(digest)),
  }
}

conformance({
  name: 'on disk',
  place: diskPlace,
  full: canMount ? () => openStore(join(smallDisk(4e6), '.espalier')) : undefined,
  async newer() {
    const place = await diskPlace()
    const { index, close } = await openDisk(place.location)
    index.run('PRAGMA user_version = 1000')
    close()
    return place
  },
})

async function memoryPlace(): Promise<Place> {
  const world = new MemoryWorld()
  return {
    open: async (options) => memoryStore(world, options),
    openReadOnly: async () => memoryStore(world, { readOnly: true }),
    damage: async (digest) => world.files.write(objectFile(digest), flipped(world.files.read(objectFile(digest))!)),
    remove: async (digest) => world.files.remove(objectFile(digest)),
  }
}

conformance({
  name: 'in memory',
  place: memoryPlace,
  async full() {
    const world = new MemoryWorld()
    world.files.capacity = 4e6
    return memoryStore(world)
  },
  newer: undefined,
})
