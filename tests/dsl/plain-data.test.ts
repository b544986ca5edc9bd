/** What JSON cannot tell apart, or cannot say, is refused at the verb, with option, value, place and what to do. */
import { describe, expect, test } from 'vitest'
import { adam, cosine, type PipelineProblem, type StageFunction, stage, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { manifestOf } from '../../runtime/plan/manifest.ts'
import { dots, tiny } from './tiny.ts'

const { train } = task({ model: tiny(), data: dots(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
const fn: StageFunction<never> = ({ weights }) => weights
const given = (options: unknown) => train().pipe(stage('mine', fn, options as never))

class Level {
  value = 1
}
const cycle: { self?: unknown } = {}
cycle.self = cycle

describe('the options of a custom stage', () => {
  test.each<[string, unknown, string, string]>([
    ['NaN', { limit: Number.NaN }, 'limit', 'NaN'],
    ['Infinity', { limit: Number.POSITIVE_INFINITY }, 'limit', 'Infinity'],
    ['-0, which a function can tell from 0', { limit: -0 }, 'limit', '-0'],
    ['a BigInt', { v: 10n }, 'v', 'a bigint'],
    ['a symbol', { v: Symbol.iterator }, 'v', 'a symbol'],
    ['a member called by a symbol', { v: { [Symbol.iterator]: 1 } }, 'v', 'an object with a symbol in it'],
    ['a Map', { levels: { by: new Map() } }, 'levels.by', 'a Map'],
    ['a Set', { levels: [1, new Set()] }, 'levels.1', 'a Set'],
    ['a Date', { when: new Date(0) }, 'when', 'a Date'],
    ['a RegExp', { layers: /conv/ }, 'layers', 'a RegExp'],
    ['a typed array', { levels: new Float32Array(2) }, 'levels', 'a Float32Array'],
    ['an instance of a class', { level: new Level() }, 'level', 'a Level'],
    ['what contains itself', cycle, 'self', 'an object that contains itself'],
    ['undefined in a list', { levels: [1, undefined] }, 'levels[1]', 'an empty place'],
  ])('refuse %s', (_, options, option, value) => {
    const problem = (() => {
      try {
        given(options)
      } catch (cause) {
        return cause as PipelineProblem
      }
      throw new Error('it was taken')
    })()
    expect(problem.name).toBe('PipelineProblem')
    const facts = Object.fromEntries(problem.facts)
    expect(facts).toMatchObject({ verb: 'stage()', option, value })
    expect(facts.at).toMatch(/plain-data\.test\.ts:\d+:\d+$/)
    expect(problem.hint).toContain('plain data')
  })

  test('are no list, and no reference to a function', () => {
    expect(() => given([1])).toThrow('The options of a stage are an object')
    expect(() => given({ score: { $: 'function', name: 'a', fingerprint: 'b' } })).toThrow("'$' marks references to functions")
  })

  test('are copied, without members that are undefined', () => {
    const options = { bits: 8, more: undefined as number | undefined }
    const pipeline = given(options)
    options.bits = 4
    const { stages } = compile({ default: pipeline as never }, { fingerprint: () => 'f' })
    expect(stages.find(({ kind }) => kind === 'custom')?.options).toMatchObject({ options: { bits: 8 } })
    expect(JSON.stringify(stages)).not.toContain('more')
  })

  test('with a name and a fingerprint keep both: only a tagged reference is known by its fingerprint alone', () => {
    const arms = (['a', 'b'] as const).map((name) => given({ of: { name, fingerprint: 'same' } }))
    const stages = arms.flatMap((arm) =>
      compile({ default: arm as never }, { fingerprint: () => 'f' }).stages.filter(({ kind }) => kind === 'custom'),
    )
    const digest = `sha256:${'a'.repeat(64)}` as const
    const [one, other] = stages.map((each) => manifestOf(each, { model: digest }))
    expect(one).toMatchObject({ options: { fn: { fingerprint: 'f' }, options: { of: { name: 'a', fingerprint: 'same' } } } })
    expect(other).not.toEqual(one)
    expect(JSON.stringify(one)).not.toContain('"$"')
  })
})

test('the options of verbs are data as well', () => {
  expect(() => adam(new Map() as never)).toThrow('adam() was given a Map')
  expect(() => adam({ lr: 1n as never })).toThrow('adam() was given a bigint')
  expect(() => train({ lr: new Level() as never })).toThrow('train() was given a Level')
  expect(() => train(cycle as never)).toThrow('an object that contains itself')
})

test('-0 is 0 where a number is asked for', () => {
  expect(cosine(0.1, { to: -0 }).spec).toEqual({ kind: 'cosine', lr: 0.1, to: 0 })
})
