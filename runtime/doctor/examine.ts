/** What `espalier doctor` looks at: everything a run needs, each with what to do where something is wrong. It changes nothing. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { ProblemText } from '../../dsl/check/problem.ts'
import { libraryFolder } from '../engine/locate.ts'
import { engineProblems, isProblem } from '../engine/problems.ts'
import { type EngineStatus, engineStatus } from '../engine/status.ts'
import { bytes } from '../format/words.ts'
import { isStore, openStore } from '../store/open.ts'
import type { StorePlace } from '../store/store-place.ts'
import { type Finding, gpuWords, numericsWords } from '../views/engine.ts'

export interface Examined {
  /** There or not. */
  readonly store: StorePlace
  readonly env?: NodeJS.ProcessEnv
}

/** Bytes. Below the first a run will soon fail: a checkpoint of a large network and its results need room. */
const [scarce, little] = [500e6, 5e9]

export async function examine({ store, env = process.env }: Examined): Promise<Finding[]> {
  const status = await engineStatus({ engine: 'auto', threads: availableParallelism(), env })
  return [node(), engine(status), gpu(status), ...(await storeFindings(store)), ...disks({ store: store.home, cache: libraryFolder(env) })]
}

const ok = (about: string, says: string): Finding => ({ about, state: 'ok', says, todo: '' })

/** The command does not start on an older one. */
function node(): Finding {
  return ok('Node', `${process.versions.node} at ${process.execPath}`)
}

function engine({
  numerics,
  milliseconds,
  choice,
  problem,
}: Pick<EngineStatus, 'numerics' | 'milliseconds' | 'choice' | 'problem'>): Finding {
  if (numerics === undefined || problem !== undefined) return found('engine', 'wrong', problem ?? unknown)
  const works = `${numericsWords(numerics)}; passed its self-check in ${Math.round(milliseconds)} ms`
  if (choice.settings.engine === 'tensorflow' || choice.warning === undefined) return ok('engine', works)
  return { about: 'engine', state: 'advice', says: `${works}. ${choice.warning.title}`, todo: choice.warning.hint }
}

function gpu({ gpus: { gpus, idle, none }, choice: { settings } }: Pick<EngineStatus, 'gpus' | 'choice'>): Finding {
  if (none?.absent === true) return ok('GPU', `none: ${none.why || 'hidden by CUDA_VISIBLE_DEVICES'}`)
  if (none !== undefined)
    return {
      about: 'GPU',
      state: 'advice',
      says: `none that can be used: ${none.why}`,
      todo: 'Look with nvidia-smi; a newer NVIDIA driver may help.',
    }
  if (settings.gpu === undefined) return found('GPU', 'advice', engineProblems.gpuUnused(gpus[0]!.name))
  const unused = idle.map(({ gpu, why }) => `; not used: ${gpu.name} (${why})`)
  return ok('GPU', `${gpus.length} × ${gpuWords(gpus[0]!)}${unused.join('')}`)
}

/** Opened as any command does, which tells a damaged or newer one. */
async function storeFindings(place: StorePlace): Promise<Finding[]> {
  const root = resolve(place.home)
  if (place.database === undefined && !isStore(root)) {
    const folder = existing(root)
    if (isWritable(folder)) return [ok('store', `none yet; the first run makes ${root}`)]
    return [
      {
        about: 'store',
        state: 'wrong',
        says: `${folder} cannot be written`,
        todo: 'Make it writable, or name another store with --store DIR.',
      },
    ]
  }
  try {
    const store = await openStore(place, { existing: true })
    try {
      const holds = `${store.location} holds ${await store.results.count()} results`
      if (!store.readOnly) return [ok('store', holds)]
      return [
        {
          about: 'store',
          state: 'wrong',
          says: `${holds} and cannot be written`,
          todo: 'Make it writable, or name another store with --store DIR.',
        },
      ]
    } finally {
      store.close()
    }
  } catch (cause) {
    if (!isProblem(cause)) throw cause
    return [found('store', 'wrong', cause)]
  }
}

/** Free room where results and libraries go; once when that is one disk. */
function disks(places: { readonly store: string; readonly cache: string }): Finding[] {
  const seen = new Map<string, Finding>()
  for (const [name, path] of Object.entries(places)) {
    const folder = existing(path)
    const { bavail, bsize, blocks, type } = statfsSync(folder)
    const finding = room(`disk of the ${name}`, folder, bavail * bsize)
    const disk = `${type} ${blocks} ${bavail}`
    if (!seen.has(disk)) seen.set(disk, finding)
  }
  return [...seen.values()]
}

/** @param free bytes */
export function room(about: string, folder: string, free: number): Finding {
  const says = `${bytes(free)} free at ${folder}`
  if (free < scarce) return { about, state: 'wrong', says, todo: 'Free some space: espalier gc removes results that nothing needs.' }
  if (free < little)
    return {
      about,
      state: 'advice',
      says,
      todo: 'Large networks and data sets may need more: espalier gc removes results that nothing needs.',
    }
  return ok(about, says)
}

/** The nearest folder that is there. */
function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path))
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const found = (about: string, state: Finding['state'], { title, facts, hint }: ProblemText): Finding => ({
  about,
  state,
  says: [title, ...facts.map(([label, value]) => `${label}: ${value.split('\n').join(', ')}`)].join(' '),
  todo: hint,
})

const unknown: ProblemText = { title: 'The engine did not open.', facts: [], hint: 'Run: espalier engine status' }
