/** Files of networks: what is taken must be built as it was said to be; nothing is written. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Spec } from '../../dsl/parts/spec.ts'
import { openEngine } from '../../runtime/engine/open.ts'
import { readNetworkFile } from '../../runtime/interop/network-file.ts'
import { topologyOf } from '../../stdlib/models/structure/topology.ts'
import { sizeOf } from '../../stdlib/network.ts'
import { buildModel } from '../../stdlib/network-registry.ts'
import { sentenceOf } from './fuzzer.ts'

/** Reads the file, and builds what it is said to hold. */
export async function taken(folder: string, name: string): Promise<string | undefined> {
  const before = readdirSync(folder).join()
  const sentence = await built(join(folder, name))
  if (readdirSync(folder).join() !== before) throw new Error(`files were written: ${readdirSync(folder)}`)
  return sentence
}

async function built(file: string): Promise<string | undefined> {
  try {
    const { network, weights } = await readNetworkFile(file)
    // What a file of a few kilobytes holds is built; more would only take time.
    if ([...weights.values()].some(({ shape }) => sizeOf(shape) > 1e6)) return undefined
    const { tf } = await engine()
    const spec: Spec = { name: 'imported', options: { ...network } as unknown as Spec['options'] }
    const model = buildModel(tf, spec)
    for (const { name, shape } of topologyOf(spec, model).parameters) {
      const found = weights.get(name)
      if (found?.shape.join() !== shape.join() || found.values().length !== sizeOf(shape)) throw new Error(`${name} is not as it was said`)
    }
    const [, ...given] = model.outputs[0]!.shape
    // Of tokens there may be logits for each.
    const perToken = network.input.length === 1 && given.length === 2 && given[0] === network.input[0]
    if (given.at(-1) !== network.classes || (given.length !== 1 && !perToken)) throw new Error(`it gives [${model.outputs[0]!.shape}]`)
    model.dispose()
    return undefined
  } catch (cause) {
    return sentenceOf(cause)
  }
}

let opened: ReturnType<typeof openEngine> | undefined
const engine = () => {
  opened ??= openEngine({ engine: 'portable', threads: 1 })
  return opened
}

/** In each byte of a file. */
export const damage = fc.array(
  fc.record({
    change: fc.constantFrom('byte', 'bit', 'cut', 'insert', 'repeat', 'zeros'),
    at: fc.noBias(fc.nat(999_999)).map((millionth) => millionth / 1e6),
    value: fc.integer({ min: 0, max: 255 }),
  }),
  { maxLength: 3 },
)
export type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never

export const damaged = (bytes: Uint8Array, changes: Damage): Uint8Array =>
  changes.reduce<Uint8Array>((from, { change, at, value }) => {
    const place = Math.floor(at * from.length)
    const [before, after] = [from.subarray(0, place), from.subarray(place)]
    switch (change) {
      case 'cut':
        return before
      case 'insert':
        return Buffer.concat([before, Uint8Array.of(value, value ^ 0x80), after])
      case 'repeat':
        return Buffer.concat([before, from.subarray(place, place + value), after])
      case 'zeros':
        return Buffer.concat([before, new Uint8Array(Math.min(value, after.length)), after.subarray(value)])
      default: {
        const copy = Uint8Array.from(from)
        if (place < copy.length) copy[place] = change === 'bit' ? copy[place]! ^ (1 << (value % 8)) : value
        return copy
      }
    }
  }, bytes)
