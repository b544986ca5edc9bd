/** Data sets from files that a test writes, read through the store as a run reads them. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { expect } from 'vitest'
import type { DataSpec } from '../../../../dsl/parts/data.ts'
import { dataFacts, loadDataset } from '../../../../runtime/data/datasets.ts'
import type { DataProblem } from '../../../../runtime/problem.ts'
import { layoutOf } from '../../../../runtime/store/folder/layout.ts'
import type { Dataset, SplitName } from '../../../../stdlib/data/dataset.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

/** A folder with these files, by path, and a store beside it. */
export async function folderOf(files: { readonly [path: string]: Uint8Array | string }) {
  const root = await temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  const layout = layoutOf(join(root, '.espalier'))
  return {
    root,
    load: async (spec: DataSpec) => (await loadDataset(layout, spec)).dataset,
    facts: (spec: DataSpec) => dataFacts(layout, spec),
    problem: (spec: DataSpec): Promise<DataProblem> =>
      dataFacts(layout, spec).then(
        () => expect.fail('no error'),
        (problem) => problem,
      ),
  }
}

/** A PNG of one colour. */
export const png = (colour: readonly [r: number, g: number, b: number], width = 2, height = 2): Promise<Uint8Array> =>
  sharp({ create: { width, height, channels: 3, background: { r: colour[0], g: colour[1], b: colour[2] } } })
    .png()
    .toBuffer()

/** The first pixel of each example as bytes, and the labels. */
export function firstPixels({ input, splits, normalisation: { mean, std } }: Dataset, split: SplitName): number[][] {
  const size = input[0]! * input[1]! * input[2]!
  const { images, labels } = splits[split]
  return [...labels].map((label, i) => [
    label,
    ...mean.map((average, channel) => Math.round((images[i * size + channel]! * std[channel]! + average) * 255)),
  ])
}
