import { Leases } from '../../../runtime/store/sqlite/leases.ts'
import type { Store } from '../../../runtime/store/store.ts'

export const leasesOf = ({ index }: Store): Leases => new Leases(index)
