/** One number for all weights of a network: what two trainings that must be the same are compared by. */
import { createHash } from 'node:crypto'
import type { Weights } from '../../stdlib/network.ts'

/** SHA-256 in hexadecimal over names, lengths and bytes, in order of names. */
export function weightsDigest(weights: Weights): string {
  const hash = createHash('sha256')
  for (const [name, values] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${values.length}\n`)
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}
