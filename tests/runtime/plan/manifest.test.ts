import { describe, expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { TrainOptions } from '../../../dsl/graph/stage-options.ts'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { keyOf, manifestOf } from '../../../runtime/plan/manifest.ts'
import { eachKind, oneOptionChanged, prune, rewind, train, trainOptions, variants } from './stages.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const inputs = { model: digest('a'), teacher: digest('b'), to: digest('c') }
const key = (stage: Stage, given: { [role: string]: string } = inputs, data = digest('d')) => keyOf(manifestOf(stage, given, data))

const gradient = (data: DataSpec) => prune('p', 'i', { criterion: { kind: 'gradient', data, batch: 4, batches: 1, seed: 0 } })

describe('a key changes with', () => {
  test.each(variants.map((stage, i) => [`${stage.kind} ${i}`, stage] as const))('every option of %s', (_, stage) => {
    const changed = oneOptionChanged(stage)
    if (stage.kind !== 'rewind') expect(changed.length).toBeGreaterThan(0)
    const keys = [stage, ...changed].map((each) => key(each))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test.each(eachKind.map((stage) => [stage.kind, stage] as const))('every input of %s', (_, stage) => {
    const keys = Object.keys(stage.inputs).map((role) => key(stage, { ...inputs, [role]: digest('f') }))
    expect(new Set([...keys, key(stage)]).size).toBe(keys.length + 1)
  })

  test('two inputs that change places', () => {
    const stage = rewind('r', 'p', { stage: 'i' })
    expect(key(stage, { model: digest('a'), to: digest('b') })).not.toBe(key(stage, { model: digest('b'), to: digest('a') }))
  })

  test('the content of the data that a criterion looks at', () => {
    const stage = gradient(trainOptions.data)
    expect(key(stage, inputs, digest('e'))).not.toBe(key(stage))
    expect(() => manifestOf(stage, inputs)).toThrow('digits')
  })

  test('the kind alone', () => {
    const stage = { ...rewind('r', 'p', { stage: 'i' }), inputs: { model: { stage: 'p' } } }
    const [dense, shrink] = (['dense', 'shrink'] as const).map((kind): Stage => ({ ...stage, kind }))
    expect(new Set(eachKind.map((each) => key(each))).size).toBe(eachKind.length)
    expect(key(dense!)).not.toBe(key(shrink!))
  })

  test.each(eachKind.filter((stage) => 'data' in stage.options).map((stage) => [stage.kind, stage] as const))(
    'the content of the data of %s',
    (_, stage) => {
      expect(key(stage, inputs, digest('e'))).not.toBe(key(stage))
    },
  )
})

describe('a key does not change with', () => {
  test.each(eachKind.map((stage) => [stage.kind, stage] as const))('the id, path, verb and place of %s', (_, stage) => {
    expect(key({ ...stage, id: 'other' })).toBe(key(stage))
    expect(key({ ...stage, path: 'seed=1/other/train#2' })).toBe(key(stage))
    expect(key({ ...stage, verb: 'finetune' })).toBe(key(stage))
    expect(key({ ...stage, at: { file: '/home/x.pipeline.ts', line: 3, column: 7 } })).toBe(key(stage))
  })

  test('which stage or epoch an equal input came from, or inputs no one asked for', () => {
    const stage = train('t', 'i')
    expect(key({ ...stage, inputs: { model: { stage: 'elsewhere', epoch: 3 } } })).toBe(key(stage))
    expect(key(stage, { model: inputs.model })).toBe(key(stage))
  })

  test('the folder that data are read from', () => {
    const stage = train('t', 'i')
    expect(key({ ...stage, options: { ...trainOptions, data: { ...trainOptions.data, from: '/elsewhere' } } })).toBe(key(stage))
    const [snip, moved] = [undefined, '/elsewhere'].map((from) =>
      gradient({ ...trainOptions.data, ...(from === undefined ? {} : { from }) }),
    )
    expect(key(moved!)).toBe(key(snip!))
  })

  test('the order in which options were written', () => {
    const stage = train('t', 'i')
    expect(key({ ...stage, options: Object.fromEntries(Object.entries(trainOptions).reverse()) as unknown as TrainOptions })).toBe(
      key(stage),
    )
  })

  test('the age of espalier: a known stage keeps its key', () => {
    expect(key(train('t', 'i'))).toMatchInlineSnapshot(`"4290e17fb09d84d174f9b38ba11f28c8e95686c7e2b6c8223fc9f9d75bc55eeb"`)
  })
})

test('a missing input or unknown data is an error, not a key', () => {
  expect(() => manifestOf(train('dense/train', 'i'), {}, digest('d'))).toThrow('dense/train')
  expect(() => manifestOf(train('dense/train', 'i'), inputs)).toThrow('digits')
})
