/** Which store a command uses: from flags, the environment, or the project's `espalier.config.ts`. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defaultStoreDirectory, projectFolder } from './location.ts'
import { problems } from './problems.ts'
import { isS3 } from './shared-place.ts'

export interface StoreAsked {
  /** A folder, or the address of a database. */
  readonly store?: string | undefined
  /** For a store in a database: location of its objects, a folder or S3. */
  readonly objects?: string | undefined
}

export interface StorePlace {
  /** A folder of this machine: the whole store, or for a shared store only this machine's own part. */
  readonly home: string
  /** Address of the database; may contain a password. */
  readonly database?: string
  readonly objects?: string
}

const isAddress = (place: string): boolean => /^\w{2,}:\/\//.test(place)
export const isDatabase = (store: string): boolean => /^postgres(ql)?:/i.test(store)

/** An address without its password; also works for malformed addresses. */
export const withoutPassword = (store: string): string =>
  store.replace(/^(\w+:\/\/[^:@/]*):.*@/s, '$1@').replace(/([?&]password=)[^&]*/g, '$1…')

/**
 * Flags take precedence over the environment, and the environment over the project's configuration.
 * @param pipelineFile any file of the project
 * @throws StoreProblem
 */
export async function storePlace(
  { store, objects }: StoreAsked,
  pipelineFile: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StorePlace> {
  const home = defaultStoreDirectory(pipelineFile)
  const project = projectFolder(pipelineFile)
  const config = await configOf(project)
  const asked = store ?? (env.ESPALIER_STORE || inProject(project, config.store))
  const place = objects ?? (env.ESPALIER_OBJECTS || inProject(project, config.objects))
  if (asked === undefined || !isDatabase(asked)) {
    if (asked !== undefined && isAddress(asked)) throw problems.unknownAddress(withoutPassword(asked))
    if (objects !== undefined) throw problems.objectsOfFolder(objects)
    return { home: asked === undefined ? home : resolve(asked) }
  }
  if (withoutPassword(asked) !== asked && asked !== env.ESPALIER_STORE)
    throw problems.passwordShown(withoutPassword(asked), asked === store ? 'on the command line' : 'in espalier.config.ts')
  if (place !== undefined && isAddress(place) && !isS3(place)) throw problems.unknownPlace(place)
  return { home, database: asked, ...(place === undefined ? {} : { objects: isS3(place) ? place : resolve(place) }) }
}

/** Folders in the project's configuration are relative to it. */
const inProject = (project: string, place: string | undefined): string | undefined =>
  place === undefined || isAddress(place) ? place : resolve(project, place)

const members = ['store', 'objects'] as const

/** The default export of `espalier.config.ts`: `{ store, objects }`. */
async function configOf(folder: string): Promise<StoreAsked> {
  const file = join(folder, 'espalier.config.ts')
  if (!existsSync(file)) return {}
  let config: unknown
  try {
    config = ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default
  } catch (cause) {
    throw problems.badConfig(file, cause instanceof Error ? cause.message : String(cause))
  }
  if (typeof config !== 'object' || config === null) throw problems.badConfig(file, 'its default export is not an object')
  for (const [name, value] of Object.entries(config)) {
    if (!members.some((known) => known === name)) throw problems.badConfig(file, `it has ${name}, where ${members.join(' and ')} can be`)
    if (typeof value !== 'string' || value === '') throw problems.badConfig(file, `its ${name} is not a text`)
  }
  return config // validated above
}
