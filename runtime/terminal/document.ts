/** Renders any view as text. */
import type { View, ViewName } from '../views/view.ts'
import { runComparison, stageComparison } from './compare-view.ts'
import { dataSetLines } from './data-view.ts'
import { doctorLines, engineLines } from './engine-view.ts'
import { curvesLines, layersLines, tradeOffLines } from './figure-view.ts'
import { copiedLines, garbageLines, pinLines, repairedLines, statLines, verifiedLines } from './maintenance-view.ts'
import { maskLines } from './masks-view.ts'
import { networksLines } from './network-view.ts'
import { pickLines } from './pick-view.ts'
import { planLines } from './plan-view.ts'
import { progressLines, type Screen } from './progress-view.ts'
import { runEndLines } from './run-end-view.ts'
import { runDetails, runLines } from './run-view.ts'
import { stageDetails } from './stage-view.ts'
import { targetLines } from './target-view.ts'
import { timelineLines } from './timeline-view.ts'
import { brokenLines, changeLines } from './watch-view.ts'
import { whyLines } from './why-view.ts'
import { workersLines } from './workers-view.ts'

const drawings: { readonly [N in ViewName]: (view: View<N>, screen: Screen) => readonly string[] } = {
  broken: brokenLines,
  changes: changeLines,
  curves: curvesLines,
  'data-sets': dataSetLines,
  doctor: doctorLines,
  engine: engineLines,
  garbage: garbageLines,
  layers: layersLines,
  masks: maskLines,
  networks: networksLines,
  pick: pickLines,
  pins: pinLines,
  plan: planLines,
  progress: progressLines,
  repaired: repairedLines,
  copied: copiedLines,
  run: runDetails,
  'run-comparison': runComparison,
  'run-end': runEndLines,
  runs: runLines,
  stage: (record, { columns }) => stageDetails(record, columns),
  'stage-comparison': stageComparison,
  stat: statLines,
  targets: targetLines,
  timeline: timelineLines,
  'trade-off': tradeOffLines,
  verified: verifiedLines,
  why: whyLines,
  workers: workersLines,
}

export const documentLines = (view: View, screen: Screen): readonly string[] =>
  // The name determines the type of the view, which TypeScript cannot derive from a table.
  drawings[view.view](view as never, screen)
