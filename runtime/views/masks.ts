/** Masks as images: the kept weights of each layer, on a grid of limited size. */
import { kept } from '../../stdlib/masks.ts'
import { readArtifact } from '../store/artifact.ts'
import type { KnownStage } from '../store/journal.ts'
import type { Store } from '../store/store.ts'
import { historyProblems } from './problems.ts'

export interface MasksView {
  readonly path: string
  readonly key: string
  readonly layers: readonly MaskPicture[]
}

export interface MaskPicture {
  /** `fc1/kernel` */
  readonly name: string
  /** Of the parameter: its last axis is horizontal, all others together are vertical. */
  readonly shape: readonly number[]
  readonly density: number
  readonly rows: number
  readonly columns: number
  /** Row by row: percentage of each cell's weights that are kept; 0 and 100 only if none or all are. */
  readonly cells: readonly number[]
}

/** Most rows and columns of an image; a cell of a larger mask covers several weights. */
const most = 64

/** @param layer only layers whose names contain it @throws StoreProblem if the stage has no masks, or no layer matches */
export async function maskPictures(store: Store, { path, key }: KnownStage, layer = ''): Promise<MasksView> {
  const artifact = (await store.results.get(key))?.artifact
  if (artifact === undefined) throw historyProblems.noNetwork(path)
  const { topology, masks } = await readArtifact(store.objects, artifact)
  if (masks.size === 0) throw historyProblems.noMasks(path)
  const shown = topology.parameters.filter(({ name }) => masks.has(name) && name.includes(layer))
  if (shown.length === 0) throw historyProblems.noLayer(layer, [...masks.keys()])
  return { path, key, layers: shown.map(({ name, shape }) => pictureOf(name, shape, masks.get(name)!)) }
}

export function pictureOf(name: string, shape: readonly number[], mask: Uint8Array): MaskPicture {
  const across = shape.at(-1) ?? 1
  const down = across === 0 ? 0 : mask.length / across
  const [rows, columns] = [Math.min(most, down), Math.min(most, across)]
  const cells = Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    let [left, of] = [0, 0]
    for (let y = edge(row, rows, down); y < edge(row + 1, rows, down); y++)
      for (let x = edge(column, columns, across); x < edge(column + 1, columns, across); x++) {
        left += mask[y * across + x]!
        of++
      }
    return percent(left, of)
  })
  return { name, shape, density: mask.length === 0 ? 0 : kept(mask) / mask.length, rows, columns, cells }
}

/** Index of the cell's first weight. */
const edge = (cell: number, cells: number, weights: number): number => Math.floor((cell * weights) / cells)

const percent = (left: number, of: number): number =>
  left === 0 ? 0 : left === of ? 100 : Math.min(99, Math.max(1, Math.round((100 * left) / of)))
