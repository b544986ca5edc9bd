/** Objects and checkpoints in S3. */
import { join } from 'node:path'
import { layoutOf } from '../folder/layout.ts'
import { markName, type SharedPlace } from '../shared-place.ts'
import { s3Address } from './address.ts'
import { S3Checkpoints } from './checkpoints.ts'
import { S3Client } from './client.ts'
import { S3Files } from './files.ts'
import { ObjectCache } from './object-cache.ts'
import { S3Objects } from './objects.ts'
import { s3Problems } from './problems.ts'

/** @param home this machine's own folder, which contains the cache @throws StoreProblem */
export function s3Place(place: string, home: string, env: NodeJS.ProcessEnv = process.env): SharedPlace {
  const address = s3Address(place, env)
  const client = new S3Client(address)
  return {
    at: address.shown,
    objects: new S3Objects(client, new ObjectCache(join(layoutOf(home).cache), cacheBytes(env))),
    checkpoints: new S3Checkpoints(client),
    files: new S3Files(client),
    writable: true,
    pieces: {
      put: async (name, content) => void (await client.put(name, content)),
      get: (name) => client.get(name),
      remove: (name) => client.remove(name),
    },
    mark: {
      read: async () => (await client.get(markName))?.toString('utf8'),
      create: (text) => client.put(markName, Buffer.from(text), { ifAbsent: true }),
      others: async () => (await client.list('')).map(({ name }) => name).filter((name) => name !== markName),
    },
  }
}

/** Cache capacity in bytes, from ESPALIER_OBJECT_CACHE in MB; default 10 GB. @throws StoreProblem if it is not a number */
function cacheBytes({ ESPALIER_OBJECT_CACHE: asked = '' }: NodeJS.ProcessEnv): number {
  if (asked === '') return 10e9
  const megabytes = Number(asked)
  if (asked.trim() !== '' && Number.isFinite(megabytes) && megabytes >= 0) return megabytes * 1e6
  throw s3Problems.cacheSize(asked)
}
