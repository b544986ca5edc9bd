/**
 * All views, by name, as plain data: no layout, no colour, no padding. A skin (the terminal, JSON, the page) renders views and computes
 * nothing. A new skin needs a folder and a line in `cli/skins.ts`.
 */

import type { KnownData } from '../data/known.ts'
import type { Copied } from '../store/maintenance/copy.ts'
import type { StoreStat } from '../store/maintenance/stat.ts'
import type { Verified } from '../store/maintenance/verify.ts'
import type { Repaired } from '../store/open.ts'
import type { RunComparison, StageComparison } from './compare.ts'
import type { CurvesView } from './curves.ts'
import type { DoctorView, EngineView } from './engine.ts'
import type { LayersView } from './layers.ts'
import type { GarbageView, PinsView } from './maintenance.ts'
import type { MasksView } from './masks.ts'
import type { NetworksView } from './networks.ts'
import type { PickView } from './pick.ts'
import type { PlanView } from './plan.ts'
import type { ProgressView } from './progress.ts'
import type { RunEndView } from './run-end.ts'
import type { RunRecord, RunsView } from './run-record.ts'
import type { StageRecord } from './stage-record.ts'
import type { TargetsView } from './targets.ts'
import type { TimelineView } from './timeline.ts'
import type { TradeOffView } from './trade-off.ts'
import type { BrokenView, ChangesView } from './watch.ts'
import type { WhyView } from './why.ts'
import type { WorkersView } from './workers.ts'

/** Increased if a member of a view is removed or changes its meaning; not if one is added. */
const viewVersion = 1

export interface Views {
  readonly broken: BrokenView
  readonly changes: ChangesView
  readonly copied: Copied
  readonly curves: CurvesView
  /** Data sets that are read from files, and their locations. */
  readonly 'data-sets': { readonly data: readonly KnownData[] }
  readonly doctor: DoctorView
  readonly engine: EngineView
  readonly garbage: GarbageView
  readonly layers: LayersView
  readonly masks: MasksView
  readonly networks: NetworksView
  readonly pick: PickView
  readonly pins: PinsView
  readonly plan: PlanView
  readonly progress: ProgressView
  readonly repaired: Repaired
  readonly run: RunRecord
  readonly 'run-comparison': RunComparison
  readonly 'run-end': RunEndView
  readonly runs: RunsView
  readonly stage: StageRecord
  readonly 'stage-comparison': StageComparison
  readonly stat: StoreStat
  readonly targets: TargetsView
  readonly timeline: TimelineView
  readonly 'trade-off': TradeOffView
  readonly verified: Verified
  readonly why: WhyView
  readonly workers: WorkersView
}

export type ViewName = keyof Views

/** A view with its name and version. */
export type View<N extends ViewName = ViewName> = {
  [K in N]: { readonly view: K; readonly version: typeof viewVersion } & Views[K]
}[N]

export const view = <N extends ViewName>(name: N, content: Views[N]): View<N> & View =>
  // A type parameter does not show that name and content belong together.
  ({ view: name, version: viewVersion, ...content }) as unknown as View<N> & View
