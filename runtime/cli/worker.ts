/** `espalier worker`: computes stages of other machines' runs until it is stopped. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineAsked } from '../engine/choice.ts'
import { chooseDevices } from '../engine/devices.ts'
import { engineProblems } from '../engine/problems.ts'
import { ClusterWorker } from '../execution/cluster/worker.ts'
import { standardError } from '../format/output.ts'
import { problemLines, StoreProblem } from '../problem.ts'
import { placeHere } from '../project/existing-store.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { StoreAsked, StorePlace } from '../store/store-place.ts'
import { exitCodes } from './exit.ts'
import { onStopSignals } from './signals.ts'

interface WorkerAsked extends StoreAsked, EngineAsked {
  readonly slots: number | undefined
  readonly threads: number | undefined
}

/** Exits with 0 after it was stopped and has handed back its stages. */
export async function worker({ slots: asked, threads: each, engine, device, xla, ...place }: WorkerAsked): Promise<number> {
  const { usual } = await chooseDevices([], { engine, device, xla })
  if (usual.problem !== undefined) throw usual.problem
  const gpus = usual.gpus.length
  if (gpus > 0 && asked !== undefined && asked > gpus) throw engineProblems.tooManySlots(asked, gpus)
  const slots = asked ?? Math.max(1, gpus)
  if (usual.settings.engine === 'portable' && each !== undefined && each > 1) throw engineProblems.oneThread(each)
  const threads = usual.settings.engine === 'portable' ? 1 : (each ?? Math.max(1, Math.floor(availableParallelism() / slots)))
  const say = (line: string) => standardError.print([`${new Date().toISOString()} ${line}`])
  const store = await openedWhenThere(await placeHere(place), say)
  try {
    const working = new ClusterWorker({ store, slots, threads, engine: usual.settings, gpus: usual.gpus, say })
    if (usual.warning !== undefined) say(usual.warning.title)
    const forget = onStopSignals(() => working.drain())
    try {
      await working.work()
    } finally {
      forget()
    }
    return exitCodes.done
  } finally {
    store.close()
  }
}

const [firstWaitMs, longestWaitMs] = [1000, 30_000]

/** The worker may be started before its database, as after a power cut. It has no work yet that Ctrl-C could lose. */
async function openedWhenThere(place: StorePlace, say: (line: string) => void): Promise<Store> {
  for (let wait = firstWaitMs; ; wait = Math.min(2 * wait, longestWaitMs)) {
    try {
      return await openStore(place)
    } catch (cause) {
      if (!(cause instanceof StoreProblem) || cause.kind !== 'unreachable') throw cause
      if (wait === firstWaitMs) for (const line of [...problemLines(cause), 'The worker waits for it; Ctrl-C ends it.']) say(line)
      await sleep(wait)
    }
  }
}
