/** Data flow between stages; for display, equivalent stages of several seeds or arms form one node. */
import type { Graph, StageKind, StageRef } from '../../dsl/graph/stage.ts'
import type { PlannedStage } from '../plan/plan.ts'
import { splitPath } from './arms.ts'

/** From a stage to a reader of its output, or of its weights at the end of an `epoch` or after a `step`. */
export interface Edge {
  /** Paths. */
  readonly from: string
  readonly to: string
  readonly role: string
  readonly epoch?: number
  readonly step?: number
}

/** In the order of the reading stages. */
export function edgesOf({ stages }: Graph): Edge[] {
  const paths = new Map(stages.map(({ id, path }) => [id, path]))
  return stages.flatMap(({ path: to, inputs }) =>
    // The planner rejects references to missing stages.
    Object.entries<StageRef>(inputs).map(([role, { stage, ...at }]) => ({ from: paths.get(stage)!, to, role, ...at })),
  )
}

export interface GraphView {
  /** In topological order. */
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly NodeEdge[]
}

/** Stages with the same name and kind, equivalent inputs and equivalent readers. */
export interface GraphNode {
  readonly stage: string
  readonly kind: StageKind
  readonly arms: readonly string[]
  /** An empty string if there are none. */
  readonly seeds: readonly string[]
  readonly states: { readonly [S in PlannedStage['status']]: number }
  readonly count: number
}

/** `from` and `to` are indices into `nodes`. */
export interface NodeEdge extends Omit<Edge, 'from' | 'to'> {
  readonly from: number
  readonly to: number
}

type Placed = Pick<PlannedStage, 'path' | 'kind'>
type Shown = Placed & Pick<PlannedStage, 'status'>

/** @param stages in topological order */
export function graphView(stages: readonly Shown[], edges: readonly Edge[]): GraphView {
  const { groups, edges: between } = alike(stages, edges)
  return { nodes: groups.map(nodeOf), edges: between }
}

/** Groups of equivalent stages (same name and kind, equivalent inputs and readers), and the edges between the groups. */
export function alike<S extends Placed>(
  stages: readonly S[],
  edges: readonly Edge[],
): { readonly groups: readonly (readonly S[])[]; readonly edges: readonly NodeEdge[] } {
  const groups = [...Map.groupBy(stages, classes(stages, edges)).values()]
  const placeOf = new Map(groups.flatMap((group, place) => group.map(({ path }) => [path, place] as const)))
  return {
    groups,
    edges: distinct(
      edges.map(({ from, to, ...rest }) => ({ from: placeOf.get(from)!, to: placeOf.get(to)!, ...rest, role: nameOf(rest) })),
    ),
  }
}

function nodeOf(group: readonly Shown[]): GraphNode {
  const states = { hit: 0, resume: 0, run: 0, unknown: 0 }
  for (const { status } of group) states[status]++
  const places = group.map(({ path }) => splitPath(path))
  return {
    stage: places[0]!.stage,
    kind: group[0]!.kind,
    arms: [...new Set(places.map(({ arm }) => arm))],
    seeds: [...new Set(places.map(({ seed }) => seed))],
    states,
    count: group.length,
  }
}

/** Roles without their numbers: a second teacher is a teacher. */
const nameOf = ({ role }: Pick<Edge, 'role'>): string => role.replace(/\d+$/, '')

/** Partition refinement: classes are split by their members' inputs and readers until they are stable. */
function classes(stages: readonly Placed[], edges: readonly Edge[]): (stage: Placed) => number {
  const inputs = Map.groupBy(edges, ({ to }) => to)
  const readers = Map.groupBy(edges, ({ from }) => from)
  const classOf = new Map<string, number>()
  const split = (order: readonly Placed[], own: (stage: Placed) => unknown, near: typeof inputs, end: 'from' | 'to'): number => {
    const known = new Map<string, number>()
    for (const stage of order) {
      const around = (near.get(stage.path) ?? []).map((edge) =>
        JSON.stringify([classOf.get(edge[end]), nameOf(edge), edge.epoch, edge.step]),
      )
      const mark = JSON.stringify([own(stage), [...new Set(around)].sort()])
      known.set(mark, known.get(mark) ?? known.size)
      classOf.set(stage.path, known.get(mark)!)
    }
    return known.size
  }
  const before = ({ path }: Placed) => classOf.get(path)
  let count = split(stages, ({ path, kind }) => [splitPath(path).stage, kind], inputs, 'from')
  for (let last = 0; count > last; ) {
    last = count
    split(stages.toReversed(), before, readers, 'to')
    count = split(stages, before, inputs, 'from')
  }
  return ({ path }) => classOf.get(path)!
}

const distinct = <T>(all: readonly T[]): T[] => [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
