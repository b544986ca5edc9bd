/** The files of a store, for processes that know its places alone. */
import { FolderCheckpoints } from './folder/checkpoints.ts'
import { FolderExports } from './folder/exports.ts'
import { layoutOf } from './folder/layout.ts'
import { FolderObjects } from './folder/objects.ts'
import { FolderLogs } from './folder/stage-log.ts'
import type { StoreFiles } from './store.ts'

interface Elsewhere {
  /** Folder of objects and checkpoints. */
  readonly objects: string
  /** For people. */
  readonly location: string
}

/** A store that is all in one folder needs its `home` alone. */
export function storeFiles(home: string, { objects = home, location }: Partial<Elsewhere> = {}): StoreFiles {
  const layout = layoutOf(home)
  const shared = layoutOf(objects)
  return {
    location: location ?? layout.root,
    places: { home: layout.root, objects: shared.root },
    objects: new FolderObjects(shared),
    checkpoints: new FolderCheckpoints(shared.checkpoints),
    exports: new FolderExports(layout),
    logs: new FolderLogs(layout.logs),
    data: layout,
  }
}
