/** Results for spreadsheets and data frames: one row per arm and seed, one column per label and metric. */
import type { ArmResult } from '../run-event.ts'

export interface ResultsSheet {
  /** Unique names. */
  readonly columns: readonly string[]
  /** Null for missing values. */
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

/** In the order of first appearance. */
const namesIn = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]
