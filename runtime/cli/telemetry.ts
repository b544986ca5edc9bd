/** Spans of runs, for those who ask for them with `--otlp`. */
import type { Graph } from '../../dsl/graph/stage.ts'
import { standardError } from '../format/output.ts'
import type { Telemetry } from '../interop/otlp/otlp.ts'
import type { NumericsOfStage } from '../interop/otlp/run-spans.ts'
import type { NumericsOf } from '../plan/plan.ts'
import { problemLines } from '../problem.ts'

export type { Telemetry } from '../interop/otlp/otlp.ts'

/** Loads what sends them, which takes its time, only when it is asked for. */
export async function telemetryTo(receiver: string | undefined): Promise<Telemetry | undefined> {
  return receiver === undefined ? undefined : (await import('../interop/otlp/otlp.ts')).openTelemetry(receiver)
}

/** By the paths of stages, as events name them. */
export function byPath({ stages }: Graph, numericsOf: NumericsOf): NumericsOfStage {
  const known = new Map(stages.map((stage) => [stage.path, stage]))
  // Events are of stages in the graph.
  return (path) => numericsOf(known.get(path)!)
}

/** After everything else: the results are shown, and the store is closed. */
export async function closeTelemetry(telemetry: Telemetry | undefined): Promise<void> {
  const warning = await telemetry?.close()
  if (warning !== undefined) standardError.print(problemLines(warning))
}
