/** Positions of a graph's nodes, computed by d3-dag: each is to the right of its inputs. */
import {
  coordCenter,
  coordGreedy,
  decrossDfs,
  decrossTwoLayer,
  type Graph,
  graphStratify,
  layeringLongestPath,
  layeringSimplex,
  sugiyama,
} from 'd3-dag'

export interface Box {
  readonly width: number
  readonly height: number
}

export interface Placed {
  readonly nodes: readonly { readonly x: number; readonly y: number }[]
  /** Corners of each edge's path. */
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly (readonly [number, number])[] }[]
  readonly width: number
  readonly height: number
}

/** Larger graphs use a linear-time layout with more crossings. */
const many = 120
const [across, between] = [56, 18]

/** @param edges indices of boxes */
export function placed(boxes: readonly Box[], edges: readonly { readonly from: number; readonly to: number }[]): Placed {
  const parents = new Map<number, Set<number>>()
  for (const { from, to } of edges) parents.set(to, (parents.get(to) ?? new Set()).add(from))
  const graph: Graph<number, unknown> = graphStratify()
    .id((place: number) => String(place))
    .parentIds((place: number) => [...(parents.get(place) ?? [])].map(String))(boxes.map((_, place) => place))
  // d3-dag lays out from top to bottom, so width and height are swapped.
  const base = sugiyama()
    .nodeSize(({ data }: { readonly data: number }) => [boxes[data]!.height, boxes[data]!.width] as const)
    .gap([between, across])
  const { width: height, height: width } =
    boxes.length <= many
      ? base.layering(layeringSimplex()).decross(decrossTwoLayer()).coord(coordGreedy())(graph)
      : base.layering(layeringLongestPath()).decross(decrossDfs()).coord(coordCenter())(graph)
  const nodes: { x: number; y: number }[] = []
  for (const { data, x, y } of graph.nodes()) nodes[data] = { x: y, y: x }
  const ways = [...graph.links()].map(({ source, target, points }) => ({
    from: source.data,
    to: target.data,
    points: points.map(([y, x]) => [x, y] as const),
  }))
  return { nodes, edges: ways, width, height }
}
