/** Which view a run gets: live on a terminal, else plain lines; for programs JSON or CSV; or next to nothing. */
import type { Graph } from '../../dsl/graph/stage.ts'
import { expectedSeconds } from '../plan/estimate.ts'
import type { Plan } from '../plan/plan.ts'
import type { Store } from '../store/store.ts'
import { csvLines } from '../terminal/csv.ts'
import { jsonRenderer } from '../terminal/json.ts'
import { liveRenderer } from '../terminal/live.ts'
import { plainRenderer } from '../terminal/plain.ts'
import { quietRenderer } from '../terminal/quiet.ts'
import type { Renderer } from '../terminal/renderer.ts'
import { table } from '../terminal/table.ts'
import type { Expected } from '../terminal/view.ts'

export interface Asked {
  readonly json?: boolean
  readonly csv?: boolean
  readonly quiet?: boolean
}

export interface Shown {
  /** The store's folder. */
  readonly store: string
  readonly stages: readonly Expected[]
}

export function rendererFor({ json = false, csv = false, quiet = false }: Asked, { store, stages }: Shown): Renderer {
  const write = (text: string) => process.stdout.write(text)
  if (json) return jsonRenderer(write)
  const lines = (all: readonly string[]) => write(all.map((line) => `${line}\n`).join(''))
  const complain = (text: string) => process.stderr.write(text)
  if (csv) return quietRenderer({ complain, show: ({ results }) => lines(csvLines(results)) })
  if (quiet) return quietRenderer({ complain, show: ({ results }) => lines(table(results)) })
  return isLive()
    ? liveRenderer(process.stdout, { store, stages, colour: (process.env.NO_COLOR ?? '') === '' })
    : plainRenderer(write, store)
}

/** All stages of a run, with how long they took before. */
export function stagesToShow(graph: Graph, { stages }: Plan, { index }: Store): Expected[] {
  if (!isLive()) return []
  const seconds = expectedSeconds(graph, stages, index)
  return graph.stages.map(({ path }) => ({ path, seconds: seconds.get(path) }))
}

function isLive(): boolean {
  const { TERM, CI } = process.env
  return process.stdout.isTTY && TERM !== 'dumb' && ['', 'false', '0'].includes(CI ?? '')
}
