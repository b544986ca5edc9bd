/** What a report holds for its script: views, as the page gets them from its server. */
import type { CurvesView } from '../views/curves.ts'
import type { StudyView } from '../views/study.ts'

export interface ReportData {
  readonly study: StudyView
  /** By series, thinned. */
  readonly curves: { readonly [series: string]: CurvesView }
}
