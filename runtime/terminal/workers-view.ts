/** The workers of a store as text. */
import { aligned } from '../format/width.ts'
import { bytes, counted, duration, threads as each } from '../format/words.ts'
import type { WorkersView } from '../views/workers.ts'

export function workersLines({ workers, waiting, runs }: WorkersView): string[] {
  const kinds = new Set(workers.map(({ numerics }) => numerics))
  const rows = workers.flatMap(({ by, device, deviceName, slots, threads, memory, numerics, seconds, stages, draining }) => [
    [by, device, deviceName, each(slots, threads), bytes(memory), `kind ${numerics}`, `${duration(seconds)}${draining ? ', goes' : ''}`],
    ...stages.map(({ path, seconds: since }) => [`  ${path}`, '', '', '', '', '', duration(since)]),
  ])
  const waits = waiting === 0 ? [] : [`${counted(waiting, 'stage')} ${waiting === 1 ? 'waits' : 'wait'}.`]
  return [
    ...(workers.length === 0 ? ['No worker is connected to this store. Start one: espalier worker'] : aligned(rows, Array(7).fill('left'))),
    ...(kinds.size > 1
      ? [`Of ${kinds.size} kinds: results differ between them in their last bits. --same-machine-kind keeps a run on one.`]
      : []),
    ...waits,
    ...runs.map(
      ({ id, file, target, coordinatedBy }) =>
        `Run ${id.slice(0, 8)} of ${file}#${target} runs detached, coordinated by ${coordinatedBy ?? 'no worker yet'}.`,
    ),
  ]
}
