/** Views for programs: a document of JSON, or an event of a run a line. */
import { jsonText } from '../format/json.ts'
import type { Output } from '../format/output.ts'
import type { Skin } from '../views/skin.ts'
import { armStatistics } from '../views/statistics.ts'

export const jsonSkin = (output: Pick<Output, 'print'>): Skin => ({
  // Runs are a list, as they were before views had names.
  document: (view) => jsonText(view.view === 'runs' ? view.runs : view, 2).split('\n'),
  /** In the order they happened; the last has the results' statistics too. */
  run: () => ({
    onEvent: (event) => output.print([jsonText(event.event === 'done' ? { ...event, statistics: armStatistics(event.results) } : event)]),
    note: () => {},
    prompt: () => {},
    close: () => {},
  }),
})
