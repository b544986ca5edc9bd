/** `espalier doctor`: checks everything that a run needs, with advice for each problem. */
import { examine } from '../doctor/examine.ts'
import { placeHere } from '../project/existing-store.ts'
import type { StoreAsked } from '../store/store-place.ts'
import { exitCodes } from './exit.ts'
import { type Asked, show } from './skins.ts'

/** Exits with 2 when something would make a run fail; advice alone is not a failure. */
export async function doctor(options: StoreAsked & Asked): Promise<number> {
  const findings = await examine({ store: await placeHere(options) })
  const ok = findings.every(({ state }) => state !== 'wrong')
  await show(options, 'doctor', { ok, findings })
  return ok ? exitCodes.done : exitCodes.usage
}
