/** `espalier gc` and `espalier store verify | repair | copy | stat | pin | unpin`. */

import { standardError } from '../format/output.ts'
import { placeHere, withStore } from '../project/existing-store.ts'
import { copy as copyStore } from '../store/maintenance/copy.ts'
import { collect, findGarbage } from '../store/maintenance/gc.ts'
import { statOf } from '../store/maintenance/stat.ts'
import { verify as verifyStore } from '../store/maintenance/verify.ts'
import { openStore, repairStore } from '../store/open.ts'
import { problems } from '../store/problems.ts'
import type { Store } from '../store/store.ts'
import { isDatabase, type StoreAsked } from '../store/store-place.ts'
import { find } from '../views/find.ts'
import { garbageView } from '../views/maintenance.ts'
import { exitCodes } from './exit.ts'
import { type Asked, show } from './skins.ts'

interface GcOptions extends StoreAsked, Asked {
  readonly dryRun: boolean
  /** Bytes. */
  readonly budget: number
  readonly keepRuns: number
}

/** Removes what no pipeline, recent run or pin needs. */
export async function gc({ dryRun, budget, keepRuns, ...options }: GcOptions): Promise<void> {
  const garbage = await withStore(options, async (store) => {
    const found = await findGarbage(store, { budget, keepRuns })
    if (!dryRun) await collect(store, found)
    return found
  })
  await show(options, 'garbage', garbageView(garbage, { removed: !dryRun, budget }))
}

export async function stat(options: StoreAsked & Asked): Promise<void> {
  await show(options, 'stat', await withStore(options, statOf))
}

/** Exits with 1 when something is damaged. */
export async function verify(options: StoreAsked & Asked): Promise<number> {
  const progress = progressLine(options, 'Reading object')
  const found = await withStore(options, (store) => verifyStore(store, progress.show))
  progress.clear()
  await show(options, 'verified', found)
  return found.findings.length === 0 ? exitCodes.done : exitCodes.failed
}

export async function repair(options: StoreAsked & Asked): Promise<void> {
  const progress = progressLine(options, 'Reading object')
  const done = await repairStore(await placeHere(options), progress.show)
  progress.clear()
  await show(options, 'repaired', done)
}

interface CopyOptions extends Asked {
  readonly from: string
  readonly to: string
  /** Folder of objects of whichever of the two is a database, or of TO when both are. */
  readonly objects: string | undefined
}

/** Exits with 1 when something could not be copied because it is damaged. */
export async function copy(options: CopyOptions): Promise<number> {
  const { from, to, objects } = options
  const ofTo = isDatabase(to)
  const places = [
    await placeHere({ store: from, objects: ofTo ? undefined : objects }),
    await placeHere({ store: to, objects: ofTo ? objects : undefined }),
  ] as const
  const source = await openStore(places[0], { existing: true })
  try {
    const target = await openStore(places[1])
    try {
      if (target.places.objects === source.places.objects) throw problems.sameStore(source.location)
      if (target.readOnly) throw problems.readOnly(target.location, 'copy anything into it')
      const progress = progressLine(options, 'Looking at result')
      const done = await copyStore(source, target, progress.show)
      progress.clear()
      await show(options, 'copied', done)
      return done.damaged.length === 0 ? exitCodes.done : exitCodes.failed
    } finally {
      target.close()
    }
  } finally {
    source.close()
  }
}

interface PinOptions extends StoreAsked, Asked {
  /** A run or a stage, as `show` takes it. */
  readonly what: string
}

export async function pin(options: PinOptions): Promise<void> {
  await show(options, 'pins', { pinned: await withStore(options, async (store) => store.pins.add(await keysOf(store, options.what))) })
}

export async function unpin(options: PinOptions): Promise<void> {
  await show(options, 'pins', { unpinned: await withStore(options, async (store) => store.pins.remove(await keysOf(store, options.what))) })
}

async function keysOf(store: Store, what: string): Promise<string[]> {
  const found = await find(store, what)
  if (found.found === 'stage') return [found.stage.key]
  return (await store.journal.stagesOf(found.run.id)).flatMap(({ key }) => (key === null ? [] : [key]))
}

/** A counter in one line on a terminal, which is cleared at the end. */
function progressLine({ json = false }: Asked, words: string) {
  const silent = json || !standardError.isLive
  return {
    show: (done: number, of: number) => {
      if (!silent && (done % 50 === 0 || done === of)) standardError.overwrite(`${words} ${done}/${of}`)
    },
    clear: () => {
      if (!silent) standardError.overwrite('')
    },
  }
}
