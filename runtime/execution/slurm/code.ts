/** Copies the user's files to where nodes find them, as planned: a job may wait for hours while the originals are edited. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { StoreFiles } from '../../store/store.ts'
import { packBundle, sourceIn, unpackBundle } from '../../user-code/bundle.ts'
import type { LoadedCode } from '../../user-code/user-modules.ts'
import type { UserSource } from '../../user-code/user-source.ts'
import { userFolder } from './tasks.ts'

/** @param code absent when the pipeline has no functions: then no job loads the file @throws LoadProblem */
export function sharedSource({ places }: Pick<StoreFiles, 'places'>, source: UserSource, code: LoadedCode | undefined): UserSource {
  if (code === undefined) return source
  const bundle = packBundle(source, code)
  const folder = join(userFolder(places.home), 'code', bundle.digest.replace('sha256:', ''))
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
  unpackBundle(bundle.content, bundle.digest, folder)
  return sourceIn(folder, bundle.source)
}
