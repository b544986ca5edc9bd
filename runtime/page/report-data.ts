/** The data in a report for its script: the same views that the page requests from its server. */
import type { CurvesView } from '../views/curves.ts'
import type { StudyView } from '../views/study.ts'

export interface ReportData {
  readonly study: StudyView
  /** By series, downsampled. */
  readonly curves: { readonly [series: string]: CurvesView }
}
