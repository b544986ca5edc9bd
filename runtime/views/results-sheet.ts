/** Results for spreadsheets and data frames: a row for each arm and seed, a column for each label and metric. */
import type { ArmResult } from '../run-event.ts'

export interface ResultsSheet {
  /** Each different. */
  readonly columns: readonly string[]
  /** Null where there is nothing. */
  readonly rows: readonly (readonly (string | number | null)[])[]
}

export function resultsSheet(results: readonly ArmResult[]): ResultsSheet {
  const axes = namesIn(results.map(({ labels }) => labels.map(({ axis }) => axis)))
  const metrics = namesIn(results.map((result) => Object.keys(result.metrics)))
  const taken = new Set(['path', 'artifact', ...metrics])
  return {
    columns: ['path', ...axes.map((axis) => (taken.has(axis) ? `label/${axis}` : axis)), 'artifact', ...metrics],
    rows: results.map(({ path, labels, artifact, metrics: values }) => [
      path,
      ...axes.map((axis) => labels.find((label) => label.axis === axis)?.value ?? null),
      artifact,
      ...metrics.map((metric) => values[metric] ?? null),
    ]),
  }
}

/** In the order in which they first come up. */
const namesIn = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]
