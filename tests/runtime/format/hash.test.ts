import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../dsl/check/canonical.ts'
import { canonical } from '../../../dsl/check/canonical.ts'
import { taggedHash } from '../../../runtime/format/hash.ts'
import { hexOf } from '../../../runtime/store/address.ts'

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>

function shuffled(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(shuffled)
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, shuffled(item)]),
  )
}

describe('canonical JSON', () => {
  test('reads back as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('does not depend on the order of keys', () => {
    fc.assert(fc.property(json, (value) => canonical(shuffled(value)) === canonical(value)))
  })

  test('writes -0 as 0, and keys by code unit', () => {
    expect(canonical({ b: -0, a: [1e21, 0.1], '10': true, '9': null })).toBe('{"10":true,"9":null,"a":[1e+21,0.1],"b":0}')
  })

  test.each([
    ['NaN', { a: [Number.NaN] }, '$.a[0] is NaN'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, '$.a is Infinity'],
    ['undefined', { a: { b: undefined } }, '$.a.b is an empty place'],
    ['a hole', Array(1), '$[0] is an empty place'],
    ['a function', { f: () => 1 }, '$.f is the function f'],
    ['a map', { m: new Map() }, '$.m is a Map'],
  ])('refuses %s and says where', (_, value, message) => {
    expect(() => canonical(value as unknown as Json)).toThrow(message)
  })
})

describe('hashes', () => {
  test('the same value under two tags has two hashes', () => {
    expect(taggedHash('espalier/stage/1', {})).not.toBe(taggedHash('espalier/stage/2', {}))
  })

  test('the key of a known value never changes', () => {
    expect(taggedHash('espalier/stage/1', { kind: 'init', n: 1 })).toBe('419b8a1ac26472d69076de44535d1090803ecae10e3875e4ef71e806cdaf6c2d')
  })

  test.each([
    '',
    'sha256:',
    `sha256:${'a'.repeat(63)}/`,
    `sha256:../../${'a'.repeat(58)}`,
    `SHA256:${'a'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}\n`,
  ])('%j is not a digest', (text) => expect(hexOf(text)).toBeUndefined())
})
