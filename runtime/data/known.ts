/** The output of `espalier data list`: each data set that is read from files, and where it was found. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { dataSources } from '../../stdlib/data/registry.ts'
import { dataFolder, findInFolders, foldersOf } from './places.ts'

export interface KnownData {
  readonly name: string
  /** The folder that contains its files; null when none does. */
  readonly folder: string | null
  readonly looked: readonly string[]
  readonly get: string
}

/** Data sets with known locations, then those downloaded from the hub. */
export async function dataSets(): Promise<{ readonly data: readonly KnownData[] }> {
  const named = Object.entries(dataSources).flatMap(([name, { place, files }]) =>
    place === undefined || place.system.length === 0 ? [] : [{ name, place, files }],
  )
  const sets = named.map(async ({ name, place, files }): Promise<KnownData> => {
    const looked = foldersOf(place, undefined)
    const wanted = files({ part: 'balanced' }) // all parts of EMNIST are in one folder
    const found = await Promise.all(looked.map((folder) => findInFolders([folder], wanted)))
    return { name, folder: looked[found.findIndex((paths) => paths !== undefined)] ?? null, looked, get: place.get }
  })
  const folder = join(dataFolder(), 'hub')
  const fetched = await readdir(folder).catch(() => [])
  const hub = fetched.map((name): KnownData => {
    const repository = name.replace('--', '/')
    return { name: `hub('${repository}')`, folder: join(folder, name), looked: [folder], get: `espalier data fetch ${repository}` }
  })
  return { data: [...(await Promise.all(sets)), ...hub] }
}
