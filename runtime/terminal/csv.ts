/** Results as comma-separated values (RFC 4180): a row for each arm and seed, a column for each label and metric. */
import type { ArmResult } from '../run-event.ts'

export function csvLines(results: readonly ArmResult[]): string[] {
  const axes = namesIn(results.map(({ labels }) => labels.map(({ axis }) => axis)))
  const metrics = namesIn(results.map((result) => Object.keys(result.metrics)))
  const rows = results.map(({ path, labels, artifact, metrics: values }) => [
    path,
    ...axes.map((axis) => labels.find((label) => label.axis === axis)?.value ?? ''),
    artifact ?? '',
    ...metrics.map((metric) => (values[metric] === undefined ? '' : String(values[metric]))),
  ])
  return [['path', ...axes, 'artifact', ...metrics], ...rows].map((row) => row.map(field).join(','))
}

/** In the order in which they first come up. */
const namesIn = (lists: readonly (readonly string[])[]): string[] => [...new Set(lists.flat())]

const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
