/**
 * Names for shell completion: files, targets, stages, runs, arms, axes and parameters. They are read from files and the store; nothing is
 * planned or run. To be fast, each kind loads only the modules that it needs.
 */
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseTarget } from '../../format/target-name.ts'
import type { Written } from '../../project/written.ts'
import type { Store } from '../../store/store.ts'

/** The rest of the command line. */
interface Around {
  /** The argument FILE, if already given. */
  readonly file: string | undefined
  /** Value of --store. */
  readonly store: string | undefined
}

export type Known = (typed: string, around: Around) => readonly string[] | Promise<readonly string[]>

const written = async (file: string): Promise<Written> => (await import('../../project/written.ts')).writtenIn(resolve(file))

const script = /(?<!\.d)\.[cm]?[jt]s$/

/** Paths that start with what is typed; folders end with a slash. @param wanted filter for file names */
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

/** Pipeline files, or any scripts if there are none; after a `#`, the targets of the file. */
export const pipelines: Known = async (typed) => {
  const { file } = parseTarget(typed)
  if (typed.length > file.length) return (await written(file)).targets.map((target) => `${file}#${target}`)
  const all = pathsFrom(typed, (name) => script.test(name))
  const called = all.filter((path) => /\.pipeline\.\w+$/.test(path) || path.endsWith('/'))
  return called.every((path) => path.endsWith('/')) ? all : called
}

/** `name=`, followed by the values that the file lists. */
export const parameters: Known = async (typed, { file }) => {
  if (file === undefined) return []
  const { params } = await written(parseTarget(file).file)
  const [, name] = /^([^=]*)=/.exec(typed) ?? []
  return name === undefined ? [...params.keys()].map((key) => `${key}=`) : (params.get(name) ?? []).map((value) => `${name}=${value}`)
}

/** One path segment at a time, as for folders: studies have thousands of stages. */
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

/** Completes the last of a comma-separated list. */
export const axes: Known = async (typed, around) => {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1)
  const labels = (await stagesIn(around)).flatMap(({ arm }) => (arm === '' ? [] : arm.split('/')))
  return distinct(labels.map((label) => /^(\w+)=/.exec(label)?.[1] ?? 'arm')).map((axis) => before + axis)
}

/** `train`, `finetune#2`. */
export const stageNames: Known = async (_, around) => distinct((await stagesIn(around)).map(({ stage }) => stage))

export const fetchable: Known = async () => Object.keys((await import('../../../stdlib/data/registry.ts')).packagedData)

/** A stage's position in its target. */
interface Place {
  readonly path: string
  /** Empty for a target without arms. */
  readonly arm: string
  readonly stage: string
}

/** Stages of the file's last plan or run; without a file, of all files. */
async function stagesIn(around: Around): Promise<readonly Place[]> {
  const asked = around.file === undefined ? undefined : parseTarget(around.file)
  const known = await inStore(around, ({ journal }) => journal.targets())
  return known
    .filter((one) => asked === undefined || one.file === resolve(asked.file))
    .filter(({ target }) => asked?.target === undefined || target === asked.target)
    .flatMap(({ target, keys }) => Object.keys(keys).map((path) => placeIn(target, path)))
}

/** Paths start with the target's name, unless that is `default`. */
function placeIn(target: string, path: string): Place {
  const inside = path.startsWith(`${target}/`) ? path.slice(target.length + 1) : path
  const [, arm = '', stage = ''] = /^(?:(.*)\/)?(.*)$/s.exec(inside) ?? []
  return { path, arm, stage }
}

/** Not for a store in a database: a shell should not wait for another machine. */
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

/** Each path up to the first slash after what is typed. */
function segmentsOf(paths: readonly string[], typed: string): readonly string[] {
  const cut = (path: string) => path.slice(0, path.indexOf('/', typed.length) + 1 || undefined)
  return distinct(paths.filter((path) => path.startsWith(typed)).map(cut))
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
