/** What a network takes on disk, three ways. Compressors differ between versions of zlib, so this is measured when asked and never kept. */
import { gzipSync } from 'node:zlib'
import type { Network } from '../../stdlib/network.ts'
import { writeSafetensors } from '../store/safetensors.ts'

export interface FileSizes {
  /** Bytes of a safetensors file with every weight, four bytes each. */
  readonly dense: number
  /** The same with pruned tensors as one bit for each weight and four bytes for each that is left. */
  readonly sparse: number
  /** The dense file under gzip -9: runs of zeros cost next to nothing. */
  readonly gzip: number
}

export function fileSizes({ topology, weights, masks }: Network): FileSizes {
  const shapes = new Map(topology.parameters.map(({ name, shape }) => [name, [...shape]]))
  const tensors = new Map([...weights].map(([name, data]) => [name, { dtype: 'F32' as const, shape: shapes.get(name)!, data }]))
  const file = writeSafetensors(tensors)
  let sparse = file.byteLength
  for (const mask of masks.values()) {
    const kept = mask.reduce((sum, bit) => sum + bit, 0)
    if (kept < mask.length) sparse += Math.ceil(mask.length / 8) + 4 * kept - 4 * mask.length
  }
  return { dense: file.byteLength, sparse, gzip: gzipSync(file, { level: 9 }).byteLength }
}
