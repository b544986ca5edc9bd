/** Spans of runs, on request (`--otlp`). */
import type { Graph } from '../../dsl/graph/stage.ts'
import { standardError } from '../format/output.ts'
import type { Telemetry } from '../interop/otlp/otlp.ts'
import type { NumericsOfStage } from '../interop/otlp/run-spans.ts'
import type { NumericsOf } from '../plan/plan.ts'
import { problemLines } from '../problem.ts'

export type { Telemetry } from '../interop/otlp/otlp.ts'

/** Loads the exporter, which takes time, only on request. */
export async function telemetryTo(receiver: string | undefined): Promise<Telemetry | undefined> {
  return receiver === undefined ? undefined : (await import('../interop/otlp/otlp.ts')).openTelemetry(receiver)
}

/** By path of the stage, as in events. */
export function byPath({ stages }: Graph, numericsOf: NumericsOf): NumericsOfStage {
  const known = new Map(stages.map((stage) => [stage.path, stage]))
  // Events are of stages in the graph.
  return (path) => numericsOf(known.get(path)!)
}

/** Last: after the results are shown and the store is closed. */
export async function closeTelemetry(telemetry: Telemetry | undefined): Promise<void> {
  const warning = await telemetry?.close()
  if (warning !== undefined) standardError.print(problemLines(warning))
}
