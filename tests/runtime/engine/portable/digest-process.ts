/** Trains a few steps of every test network and prints one digest of all losses and variables; run as a process by the tests. */
import { createHash } from 'node:crypto'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import { networkNames, train } from './networks.ts'

const engine = await openPortable()
const digest = createHash('sha256')
for (const name of networkNames) {
  const { losses, variables } = await train(engine, name, 5)
  digest.update(Float64Array.from(losses))
  for (const values of variables) digest.update(Float32Array.from(values))
}
console.log(digest.digest('hex'))
