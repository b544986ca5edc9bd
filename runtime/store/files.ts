/** The files of a store, for processes that know its location alone. */
import { FolderCheckpoints } from './folder/checkpoints.ts'
import { FolderExports } from './folder/exports.ts'
import { layoutOf } from './folder/layout.ts'
import { FolderObjects } from './folder/objects.ts'
import { FolderLogs } from './folder/stage-log.ts'
import type { StoreFiles } from './store.ts'

export function storeFiles(location: string): StoreFiles {
  const layout = layoutOf(location)
  return {
    location: layout.root,
    objects: new FolderObjects(layout),
    checkpoints: new FolderCheckpoints(layout.checkpoints),
    exports: new FolderExports(layout),
    logs: new FolderLogs(layout.logs),
    data: layout,
  }
}
