/**
 * Names that a shell completes: of files, targets, stages, runs, arms, axes and parameters. Read from what is there; nothing is planned or run.
 * A person waits for it: what only some of them need is loaded for those.
 */
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseTarget } from '../../format/target-name.ts'
import type { Written } from '../../project/written.ts'
import type { Store } from '../../store/store.ts'

/** What else stands on the command line. */
interface Around {
  /** The argument FILE, if it is there already. */
  readonly file: string | undefined
  /** Of --store. */
  readonly store: string | undefined
}

export type Known = (typed: string, around: Around) => readonly string[] | Promise<readonly string[]>

const written = async (file: string): Promise<Written> => (await import('../../project/written.ts')).writtenIn(resolve(file))

const script = /(?<!\.d)\.[cm]?[jt]s$/

/** Paths with the beginning that is typed; folders end with a slash. @param wanted of files */
function pathsFrom(typed: string, wanted: (name: string) => boolean): string[] {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const start = typed.slice(folder.length)
  const place = folder.startsWith('~/') ? join(homedir(), folder.slice(1)) : folder || '.'
  try {
    return readdirSync(place, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start !== '' || !/^(\.|node_modules$)/.test(name)))
      .flatMap((entry) => (entry.isDirectory() ? [`${folder}${entry.name}/`] : wanted(entry.name) ? [`${folder}${entry.name}`] : []))
      .sort()
  } catch {
    return []
  }
}

export const folders: Known = (typed) => pathsFrom(typed, () => false)
export const files: Known = (typed) => pathsFrom(typed, () => true)

/** Files that are called pipelines, or any script where none is; behind a `#` the targets of the file. */
export const pipelines: Known = async (typed) => {
  const { file } = parseTarget(typed)
  if (typed.length > file.length) return (await written(file)).targets.map((target) => `${file}#${target}`)
  const all = pathsFrom(typed, (name) => script.test(name))
  const called = all.filter((path) => /\.pipeline\.\w+$/.test(path) || path.endsWith('/'))
  return called.every((path) => path.endsWith('/')) ? all : called
}

/** `name=`, and behind it the values that the file lists. */
export const parameters: Known = async (typed, { file }) => {
  if (file === undefined) return []
  const { params } = await written(parseTarget(file).file)
  const [, name] = /^([^=]*)=/.exec(typed) ?? []
  return name === undefined ? [...params.keys()].map((key) => `${key}=`) : (params.get(name) ?? []).map((value) => `${name}=${value}`)
}

/** A segment at a time, as folders are: studies have thousands. */
export const stages: Known = async (typed, around) =>
  segmentsOf(
    (await stagesIn(around)).map(({ path }) => path),
    typed,
  )

export const runsAndStages: Known = async (typed, around) => {
  const runs = await inStore(around, async ({ journal }) => (await journal.runs({ most: 20 })).map(({ id }) => String(id)))
  return [...(runs.length > 0 ? ['last', ...runs] : []), ...(await stages(typed, around))]
}

export const filesAndStages: Known = async (typed, around) => [...(await pipelines(typed, around)), ...(await stages(typed, around))]

export const arms: Known = async (typed, around) => segmentsOf((await stagesIn(around)).map(({ arm }) => arm).filter(Boolean), typed)

/** Of a list with commas, the last. */
export const axes: Known = async (typed, around) => {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1)
  const labels = (await stagesIn(around)).flatMap(({ arm }) => (arm === '' ? [] : arm.split('/')))
  return distinct(labels.map((label) => /^(\w+)=/.exec(label)?.[1] ?? 'arm')).map((axis) => before + axis)
}

/** `train`, `finetune#2`. */
export const stageNames: Known = async (_, around) => distinct((await stagesIn(around)).map(({ stage }) => stage))

export const fetchable: Known = async () => Object.keys((await import('../../../stdlib/data/registry.ts')).packagedData)

/** A stage's place in its target. */
interface Place {
  readonly path: string
  /** Empty of a target without arms. */
  readonly arm: string
  readonly stage: string
}

/** Where the file led to when it was last planned or run; without a file, all that did. */
async function stagesIn(around: Around): Promise<readonly Place[]> {
  const asked = around.file === undefined ? undefined : parseTarget(around.file)
  const known = await inStore(around, ({ journal }) => journal.targets())
  return known
    .filter((one) => asked === undefined || one.file === resolve(asked.file))
    .filter(({ target }) => asked?.target === undefined || target === asked.target)
    .flatMap(({ target, keys }) => Object.keys(keys).map((path) => placeIn(target, path)))
}

/** Paths begin with the target's name, unless that is `default`. */
function placeIn(target: string, path: string): Place {
  const inside = path.startsWith(`${target}/`) ? path.slice(target.length + 1) : path
  const [, arm = '', stage = ''] = /^(?:(.*)\/)?(.*)$/s.exec(inside) ?? []
  return { path, arm, stage }
}

/** A store in a database is not asked: a shell should not wait for another machine. */
async function inStore<T>(around: Around, ask: (store: Store) => Promise<readonly T[]>): Promise<readonly T[]> {
  const { storePlace } = await import('../../store/store-place.ts')
  const place = await storePlace({ store: around.store }, around.file ?? join(process.cwd(), 'any.pipeline.ts'))
  if (place.database !== undefined) return []
  const store = await (await import('../../store/open.ts')).openStore(place, { existing: true, readOnly: true })
  try {
    return await ask(store)
  } finally {
    store.close()
  }
}

/** Each path up to the first slash behind what is typed. */
function segmentsOf(paths: readonly string[], typed: string): readonly string[] {
  const cut = (path: string) => path.slice(0, path.indexOf('/', typed.length) + 1 || undefined)
  return distinct(paths.filter((path) => path.startsWith(typed)).map(cut))
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
