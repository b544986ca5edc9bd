/** `espalier doctor`: everything a run needs, and what to do about what is wrong. */
import { examine, type Finding } from '../doctor/examine.ts'
import { exitCodes } from './exit.ts'
import { print, type StoreOptions, storeDirectory } from './open-existing.ts'

/** Ends with 2 when something would make a run fail; advice alone is no failure. */
export async function doctor({ json, store }: StoreOptions): Promise<number> {
  const findings = await examine({ store: storeDirectory(store) })
  const ok = findings.every(({ state }) => state !== 'wrong')
  print(
    json,
    () => ({ ok, findings }),
    () => [...findings.flatMap(findingLines), ok ? 'Runs will work here.' : 'Something is wrong: see above what to do.'],
  )
  return ok ? exitCodes.done : exitCodes.usage
}

function findingLines({ about, state, says, todo }: Finding): string[] {
  const first = `${state.padEnd(6)}  ${about}: ${says}`
  return todo === '' ? [first] : [first, `${' '.repeat(8)}→ ${todo}`]
}
