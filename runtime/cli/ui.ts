/** `espalier ui`: serves the page until Ctrl-C. */
import { fileURLToPath } from 'node:url'
import { standardOutput } from '../format/output.ts'
import { placeHere } from '../project/existing-store.ts'
import type { PlanOptions } from '../project/prepare.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { assetsIn } from '../ui/assets.ts'
import { Live } from '../ui/live.ts'
import { giveMemoryBack } from '../ui/memory.ts'
import { Project } from '../ui/project.ts'
import { servePage } from '../ui/server.ts'
import { onStopSignals } from './signals.ts'

export interface UiOptions extends Omit<PlanOptions, 'file' | 'store' | 'noCheck'> {
  readonly file: string | undefined
  /** The first one belongs to the file. */
  readonly store: readonly string[]
  readonly port: number
}

/** @throws as `prepare`, and StoreProblem when there is no store */
export async function ui({ file, store: [first, ...others], port, ...options }: UiOptions): Promise<void> {
  const assets = assetsIn(fileURLToPath(new URL('ui', import.meta.url)))
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
  const asked = { ...options, store: first }
  const project =
    file === undefined
      ? undefined
      : await Project.open({ ...asked, file, noCheck: true }, () => live.tell(['site', 'study', 'plan', 'graph']))
  const stores: Store[] = project === undefined ? [await opened(first, options)] : [project.store]
  for (const each of others) stores.push(await opened(each, options))
  const live: Live = new Live(stores, project)
  const page = await servePage({ stores, project, live }, assets, port)
  const forget = onStopSignals(stop)
  const keepMemory = giveMemoryBack()
  standardOutput.print([
    `The page is at ${page.address}`,
    'It is for this machine alone, and for whoever has this address. Ctrl-C ends it.',
  ])
  await stopped
  forget()
  keepMemory()
  live.close()
  await page.close()
  await project?.close()
  for (const each of stores) if (each !== project?.store) each.close()
}

const opened = async (store: string | undefined, { objects }: Pick<UiOptions, 'objects'>): Promise<Store> =>
  openStore(await placeHere({ store, objects }), { existing: true })
