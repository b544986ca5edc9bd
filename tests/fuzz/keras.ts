/** Keras' `model.json`, damaged and made up, with its weights. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { modelJson, shards } from '../runtime/interop/keras/model-files.ts'
import type { Fuzzer } from './fuzzer.ts'
import { type Damage, damage, damaged, taken } from './network-files.ts'

/** A place in JSON, by numbers that are taken as far as it goes. */
const place = fc.array(fc.nat(40), { minLength: 1, maxLength: 9 })
const strange: readonly unknown[] = [
  null,
  true,
  '',
  'x'.repeat(5000),
  0,
  -1,
  0.5,
  3,
  65_537,
  2 ** 31,
  2 ** 53,
  1e308,
  [],
  [null],
  [[]],
  {},
  { class_name: 'Lambda' },
  '__proto__',
  'constructor',
  'channels_first',
  'softmax',
  '../secret',
  '/etc/passwd',
  'model.json',
  [['out', 0, 0, {}]],
  Array.from({ length: 30_000 }, () => 1),
  Array.from({ length: 500 }).reduce<unknown>((inner) => [inner], 1),
]
type Change = { readonly at: readonly number[]; readonly with: unknown; readonly how: 'put' | 'take' | 'add' }

/** The same JSON with something else at a place. */
function altered(json: unknown, [first = 0, ...rest]: readonly number[], change: Change): unknown {
  if (typeof json !== 'object' || json === null) return change.with
  const names = Object.keys(json)
  if (names.length === 0) return change.with
  const name = names[first % names.length]!
  const inner = (json as { readonly [name: string]: unknown })[name]
  const ends = rest.length === 0 || typeof inner !== 'object' || inner === null
  if (Array.isArray(json)) {
    if (ends && change.how === 'take') return json.toSpliced(Number(name), 1)
    if (ends && change.how === 'add') return json.toSpliced(Number(name), 0, json[Number(name)])
    return json.with(Number(name), ends ? change.with : altered(inner, rest, change))
  }
  const { [name]: _, ...others } = json as { readonly [name: string]: unknown }
  if (ends && change.how === 'take') return others
  if (ends && change.how === 'add') return { ...json, strange: change.with }
  return { ...json, [name]: ends ? change.with : altered(inner, rest, change) }
}

export const kerasFiles: Fuzzer<{ readonly changes: readonly Change[]; readonly damage: Damage; readonly weights: Damage }> = {
  name: 'keras',
  input: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        changes: fc.array(fc.record({ at: place, with: fc.constantFrom(...strange), how: fc.constantFrom('put', 'put', 'take', 'add') }), {
          minLength: 1,
          maxLength: 2,
        }),
        damage: fc.constant<Damage>([]),
        weights: fc.constant<Damage>([]),
      }),
    },
    { weight: 1, arbitrary: fc.record({ changes: fc.constant<Change[]>([]), damage, weights: damage }) },
  ),
  async run({ changes, damage, weights }, folder) {
    const json = JSON.stringify(changes.reduce<unknown>((from, change) => altered(from, change.at, change), modelJson)) ?? ''
    writeFileSync(join(folder, 'model.json'), damaged(Buffer.from(json), damage))
    for (const [name, content] of Object.entries(shards)) writeFileSync(join(folder, name), damaged(content, weights))
    return taken(folder, 'model.json')
  },
}
