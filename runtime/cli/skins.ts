/** Which skin draws what a command has to show. */
import type { Graph } from '../../dsl/graph/stage.ts'
import { standardError, standardOutput } from '../format/output.ts'
import { jsonSkin } from '../json/skin.ts'
import { expectedSeconds } from '../plan/estimate.ts'
import type { Plan } from '../plan/plan.ts'
import type { RunEvent } from '../run-event.ts'
import type { Store } from '../store/store.ts'
import { quietRenderer } from '../terminal/quiet.ts'
import { terminalSkin } from '../terminal/skin.ts'
import { tableLines } from '../terminal/table.ts'
import type { Expected } from '../views/progress.ts'
import { resultsSheet } from '../views/results-sheet.ts'
import { resultsTable } from '../views/results-table.ts'
import type { Renderer, RunShown, Skin } from '../views/skin.ts'
import { type ViewName, type Views, view } from '../views/view.ts'
import { type Asked, type SkinName, skinNames } from './skin-flags.ts'

/** Each skin but the terminal. */
const skins: { readonly [name in SkinName]: () => Skin } = { json: () => jsonSkin(standardOutput) }

const isTerminal = (asked: Asked): boolean => !skinNames.some((name) => asked[name])

export function skinFor(asked: Asked): Skin {
  const name = skinNames.find((one) => asked[one])
  if (name !== undefined) return skins[name]()
  return terminalSkin(standardOutput, { live: isLive() })
}

/** Writes one view. */
export function show<N extends ViewName>(asked: Asked, name: N, content: Views[N]): void {
  standardOutput.print(skinFor(asked).document(view(name, content)))
}

export interface RunAsked extends Asked {
  /** Only problems, and the results as CSV at the end. */
  readonly csv?: boolean
  /** Only problems, and the table at the end. */
  readonly quiet?: boolean
}

export async function rendererFor({ csv = false, quiet = false, ...asked }: RunAsked, shown: RunShown): Promise<Renderer> {
  const atEnd = (lines: (results: Results) => readonly string[]) =>
    quietRenderer({ complain: (said) => standardError.print(said), show: ({ results }) => standardOutput.print(lines(results)) })
  if (csv && isTerminal(asked)) {
    const { csvLines } = await import('../format/csv.ts')
    return atEnd((results) => csvLines(resultsSheet(results)))
  }
  if (quiet && isTerminal(asked)) return atEnd((results) => tableLines(resultsTable(results)))
  return skinFor(asked).run(shown)
}

type Results = Extract<RunEvent, { event: 'done' }>['results']

/** All stages of a run, with how long they took before. */
export async function stagesToShow(graph: Graph, { stages }: Plan, { results }: Store): Promise<Expected[]> {
  if (!isLive()) return []
  const seconds = await expectedSeconds(graph, stages, results)
  return graph.stages.map(({ path }) => ({ path, seconds: seconds.get(path) }))
}

function isLive(): boolean {
  const { TERM, CI } = process.env
  return standardOutput.isTerminal && TERM !== 'dumb' && ['', 'false', '0'].includes(CI ?? '')
}
