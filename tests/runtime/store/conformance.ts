/** What holds of every store, whatever keeps it. */

import type { Backend } from './conformance/backend.ts'
import { journalConform } from './conformance/journal.ts'
import { leasesConform } from './conformance/leases.ts'
import { limitsConform } from './conformance/limits.ts'
import { maintenanceConform } from './conformance/maintenance.ts'
import { objectsConform } from './conformance/objects.ts'
import { repairConform } from './conformance/repair.ts'
import { resultsConform } from './conformance/results.ts'

export type { Place } from './conformance/backend.ts'

export function conformance(backend: Backend): void {
  resultsConform(backend)
  objectsConform(backend)
  leasesConform(backend)
  journalConform(backend)
  maintenanceConform(backend)
  repairConform(backend)
  limitsConform(backend)
}
