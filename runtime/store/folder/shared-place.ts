/** Objects and checkpoints in a folder shared by machines. */
import { accessSync, constants } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readPlain } from '../../plain-file.ts'
import { makeFolder } from '../../shared-folder.ts'
import { isCode, sweepTemporary, writeDurably } from '../durable-file.ts'
import { problems } from '../problems.ts'
import { markName, type SharedPlace } from '../shared-place.ts'
import { FolderCheckpoints } from './checkpoints.ts'
import { refuseForeign } from './foreign.ts'
import { layoutOf } from './layout.ts'
import { FolderObjects } from './objects.ts'
import { removeOwn } from './own-names.ts'
import { FolderFiles } from './shared-files.ts'

/** @throws StoreProblem */
export function folderPlace(place: string): SharedPlace {
  const folder = resolve(place)
  const layout = layoutOf(folder)
  refuseForeign(folder)
  return {
    at: folder,
    objects: new FolderObjects(layout),
    checkpoints: new FolderCheckpoints(layout.checkpoints),
    files: new FolderFiles(layout),
    pieces: {
      put: (name, content) => writeDurably(join(folder, name), content, layout.tmp),
      async get(name) {
        try {
          return await readPlain(join(folder, name))
        } catch (cause) {
          if (isCode(cause, 'ENOENT')) return undefined
          throw problems.io('read a file', join(folder, name), cause)
        }
      },
      remove: (name) => removeOwn(join(folder, name)),
    },
    sweep: () => sweepTemporary(layout.tmp),
    get writable() {
      try {
        accessSync(folder, constants.W_OK)
        return true
      } catch {
        return false
      }
    },
    mark: {
      read: () => readFile(join(folder, markName), 'utf8').catch(() => undefined),
      async create(text) {
        try {
          makeFolder(folder)
          await writeFile(join(folder, markName), text, { flag: 'wx', flush: true })
        } catch (cause) {
          if (!isCode(cause, 'EEXIST')) throw problems.io("make the folder of the store's objects", folder, cause)
        }
      },
      others: async () => (await readdir(folder).catch(() => [])).filter((name) => name !== markName),
    },
  }
}
