/** What a disturbed project must look like when its plan is done: as if nothing had been. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '../../runtime/run-event.ts'
import { artifactsOf, type Project } from '../end-to-end/command.ts'
import { storeOf } from './disturbed-run.ts'
import { processesIn } from './processes.ts'

/** Of an undisturbed project. */
export interface Undisturbed {
  readonly artifacts: { readonly [path: string]: string | null }
  readonly objects: readonly string[]
}

/** What was done to a project, as far as it decides what is allowed. */
export interface Done {
  /** Workers that were ended one by one: each may cost an attempt. */
  workersEnded: number
  /** Something was ended in the middle of writing a file. */
  killed: boolean
  /** When suspended processes were woken: a worker that was being started then begins late, and for nothing. */
  readonly woken: number[]
}

export async function undisturbedIn(project: Project): Promise<Undisturbed> {
  const artifacts = await artifactsOf(project, 'a.pipeline.ts')
  const collected = await collect(project)
  if (collected.length > 0) throw new Error(collected.join('\n'))
  return { artifacts, objects: objectsOf(project) }
}

export async function faultsIn(project: Project, undisturbed: Undisturbed, done: Done): Promise<string[]> {
  return [
    ...(await orphans(project)),
    ...rowsLeft(project),
    ...filesLeft(project, done.killed ? ['checkpoints'] : ['checkpoints', 'tmp']),
    ...doneTwice(project, done),
    ...(await differences(project, undisturbed)),
    ...damages(project),
    ...(await sound(project)),
    ...(await collect(project)),
    ...filesLeft(project, ['checkpoints', 'tmp']),
    ...unlike(undisturbed.objects, objectsOf(project)),
  ]
}

/** A worker ends when it finds that nobody listens. */
async function orphans({ folder }: Project): Promise<string[]> {
  for (let left = 100; left > 0 && processesIn(folder).length > 0; left--) await sleep(100)
  return processesIn(folder).map(({ pid, command }) => `process ${pid} is left: ${command}`)
}

function rowsLeft(project: Project): string[] {
  const index = new DatabaseSync(join(storeOf(project), 'index.sqlite'), { readOnly: true })
  try {
    return ['leases', 'holders'].flatMap((table) =>
      index
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) => `left in ${table}: ${JSON.stringify(row)}`),
    )
  } finally {
    index.close()
  }
}

function filesLeft(project: Project, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const path = join(storeOf(project), folder)
    return existsSync(path) ? readdirSync(path, { recursive: true }).map((name) => `left in ${folder}: ${name}`) : []
  })
}

type Line = RunEvent & { readonly time: string }

/** Stages begun again after they were finished, and attempts that nobody has disturbed. */
function doneTwice(project: Project, { workersEnded, woken }: Done): string[] {
  const runs = join(storeOf(project), 'runs')
  const lines = readdirSync(runs)
    .flatMap((run) => readFileSync(join(runs, run, 'log.jsonl'), 'utf8').split('\n'))
    .filter((line) => line.endsWith('}')) // the last one may be cut short
    .map((line) => JSON.parse(line) as Line)
    .sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
  const finished = new Set<string>()
  const faults: string[] = []
  for (const line of lines) {
    const late = woken.some((at) => Date.parse(line.time) - at > 0 && Date.parse(line.time) - at < 30_000)
    if (line.event === 'stage-start' && line.by === undefined && finished.has(line.path) && !late)
      faults.push(`${line.path} was finished, and begun again`)
    if (line.event === 'stage-done') {
      if (finished.has(line.path)) faults.push(`${line.path} was finished twice`)
      finished.add(line.path)
    }
    if (line.event === 'stage-failed') faults.push(`${line.path} failed: ${line.problem.title}`)
  }
  const retries = lines.flatMap((line) => (line.event === 'retry' ? [line.problem.title] : []))
  if (retries.length > workersEnded) faults.push(`${retries.length} attempts lost, ${workersEnded} workers ended: ${retries.join(' ')}`)
  return faults
}

async function differences(project: Project, { artifacts }: Undisturbed): Promise<string[]> {
  try {
    const found = await artifactsOf(project, 'a.pipeline.ts')
    return Object.keys(artifacts).flatMap((path) => (found[path] === artifacts[path] ? [] : [`${path} came to ${found[path]}`]))
  } catch (cause) {
    return [String(cause)]
  }
}

/** Their files, by what they should contain. */
function objectsOf(project: Project): string[] {
  const objects = join(storeOf(project), 'objects')
  return readdirSync(objects).flatMap((folder) => readdirSync(join(objects, folder)).map((name) => join(folder, name)))
}

function damages(project: Project): string[] {
  return objectsOf(project).flatMap((name) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(storeOf(project), 'objects', name)))
      .digest('hex')
    return digest === name.replace('/', '') ? [] : [`the object ${name} is not what its name says`]
  })
}

function unlike(expected: readonly string[], found: readonly string[]): string[] {
  return [...new Set([...expected, ...found])].flatMap((object) => {
    if (!found.includes(object)) return [`the object ${object} is missing`]
    return expected.includes(object) ? [] : [`the object ${object} belongs to nothing`]
  })
}

async function sound(project: Project): Promise<string[]> {
  const { code, stdout, stderr } = await project.espalier('store', 'verify')
  return code === 0 ? [] : [`store verify: ${stdout}${stderr}`]
}

/** Garbage collection as of two hours later. */
async function collect(project: Project): Promise<string[]> {
  const store = storeOf(project)
  const then = Date.now() / 1000 - 7200
  for (const name of readdirSync(store, { recursive: true, encoding: 'utf8' })) {
    const file = join(store, name)
    if (!name.startsWith('index.sqlite') && statSync(file).isFile()) utimesSync(file, then, then)
  }
  for (const name of readdirSync(store, { recursive: true, encoding: 'utf8' })) {
    const file = join(store, name)
    if (statSync(file).isDirectory()) utimesSync(file, then, then)
  }
  const { code, stdout, stderr } = await project.espalier('gc')
  return code === 0 ? [] : [`gc: ${stdout}${stderr}`]
}
