/** `espalier logs`: a stage's log; with --follow, also what is added to it until the stage ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jsonText } from '../format/json.ts'
import { standardOutput } from '../format/output.ts'
import { withStore } from '../project/existing-store.ts'
import type { KnownStage } from '../store/journal.ts'
import type { Store } from '../store/store.ts'
import type { StoreAsked } from '../store/store-place.ts'
import { findStage } from '../views/find.ts'
import { historyProblems } from '../views/problems.ts'
import type { Asked } from './skins.ts'

interface LogsOptions extends StoreAsked, Asked {
  readonly stage: string
  readonly follow: boolean
}

const lookMs = 200

export function logs({ stage, follow, json, ...asked }: LogsOptions): Promise<void> {
  return withStore(asked, async (store) => {
    const ref = await findStage(store, stage)
    const kept = store.logs.read(ref.key)
    if (kept === undefined && !(follow && (await isRunning(store, ref)))) throw historyProblems.noLog(ref.path, store.logs.whereIs(ref.key))
    const show = (text: string) => {
      for (const line of text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined))
        standardOutput.print([json ? jsonText({ ...ref, line }) : line])
    }
    if (!follow) return show(kept ?? '')
    const followed = store.logs.follow(ref.key)
    for (let last = false; !last; ) {
      // Checked before reading, so that everything written before the end is shown.
      last = !(await isRunning(store, ref))
      show(followed.read(last))
      if (!last) await sleep(lookMs)
    }
  })
}

async function isRunning({ journal }: Store, { key }: KnownStage): Promise<boolean> {
  for (const { id } of await journal.runs({ status: 'running' }))
    if ((await journal.stagesOf(id)).some((stage) => stage.key === key && stage.outcome === 'stopped')) return true
  return false
}
