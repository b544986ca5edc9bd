/** The files of a store, for processes that are given only its locations. */
import { FolderCheckpoints } from './folder/checkpoints.ts'
import { FolderExports } from './folder/exports.ts'
import { layoutOf } from './folder/layout.ts'
import { FolderObjects } from './folder/objects.ts'
import { FolderLogs } from './folder/stage-log.ts'
import { sharedPlace } from './open-shared-place.ts'
import type { SharedPlace } from './shared-place.ts'
import type { StoreFiles } from './store.ts'

/** For a store that is entirely in one folder. */
export function storeFiles(home: string): StoreFiles {
  const layout = layoutOf(home)
  const [objects, checkpoints] = [new FolderObjects(layout), new FolderCheckpoints(layout.checkpoints)]
  return filesAt(home, { at: layout.root, objects, checkpoints }, layout.root)
}

/** @param location for display */
export function filesAt(
  home: string,
  { at, objects, checkpoints }: Pick<SharedPlace, 'at' | 'objects' | 'checkpoints'>,
  location: string,
): StoreFiles {
  const layout = layoutOf(home)
  return {
    location,
    places: { home: layout.root, objects: at },
    objects,
    checkpoints,
    exports: new FolderExports(layout),
    logs: new FolderLogs(layout.logs),
    data: layout,
  }
}

/** @throws StoreProblem */
export async function openFiles({ home, objects }: StoreFiles['places']): Promise<StoreFiles> {
  return home === objects ? storeFiles(home) : filesAt(home, await sharedPlace(objects, home), objects)
}
