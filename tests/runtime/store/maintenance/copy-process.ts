/** Copies a store in a folder into a shared one, to be killed while it does. */
import { copy } from '../../../../runtime/store/maintenance/copy.ts'
import { openStore } from '../../../../runtime/store/open.ts'
import type { StorePlace } from '../../../../runtime/store/store-place.ts'

const [, , here, there] = process.argv
const from = await openStore(here!)
const to = await openStore(JSON.parse(there!) as StorePlace)
process.send!('begins')
await copy(from, to)
from.close()
to.close()
process.disconnect()
