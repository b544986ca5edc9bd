/** `espalier doctor`: everything a run needs, and what to do about what is wrong. */
import { examine } from '../doctor/examine.ts'
import { placeHere } from '../project/existing-store.ts'
import type { StoreAsked } from '../store/store-place.ts'
import { exitCodes } from './exit.ts'
import { type Asked, show } from './skins.ts'

/** Ends with 2 when something would make a run fail; advice alone is no failure. */
export async function doctor(options: StoreAsked & Asked): Promise<number> {
  const findings = await examine({ store: await placeHere(options) })
  const ok = findings.every(({ state }) => state !== 'wrong')
  await show(options, 'doctor', { ok, findings })
  return ok ? exitCodes.done : exitCodes.usage
}
