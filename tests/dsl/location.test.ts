import { expect, test } from 'vitest'
import { adam, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { runInNode, urlOf } from './node.ts'
import { dots, tiny } from './tiny.ts'

const { train } = task({ model: tiny(), data: dots(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })

test("every stage points at its verb in the user's file", () => {
  const line = Number(new Error().stack?.split('\n')[1]?.match(/:(\d+):\d+\)?$/)?.[1])
  const pipeline = train() // one line on
    .prune(0.5)
    .finetune()
  const places = compile({ default: pipeline }).stages.map(({ verb, at }) => [verb, (at?.line ?? 0) - line])
  expect(places).toEqual([
    ['init', 1],
    ['train', 1],
    ['prune', 2],
    ['finetune', 3],
    ['evaluate', 3],
  ])
  expect(pipeline.node.at?.file).toBe(import.meta.filename)
})

test('a verb inside a combinator points into the combinator', () => {
  const stages = runInNode<readonly [string, string][]>(`
const { compile } = await import('${urlOf('dsl/language/compile.ts')}')
const { ticket } = await import('${urlOf('tests/dsl/iterative.pipeline.ts')}')
console.log(JSON.stringify(compile({ ticket }).stages.map(({ verb, at }) => [verb, at.file.split('/').at(-1) + ':' + at.line + ':' + at.column])))`)
  expect(stages).toEqual([
    ['init', 'iterative.pipeline.ts:11:23'],
    ['train', 'iterative.pipeline.ts:11:23'],
    ['prune', 'iterative.pipeline.ts:9:31'],
    ['rewind', 'iterative.pipeline.ts:9:42'],
    ['train', 'iterative.pipeline.ts:9:51'],
    ['prune', 'iterative.pipeline.ts:9:31'],
    ['rewind', 'iterative.pipeline.ts:9:42'],
    ['train', 'iterative.pipeline.ts:9:51'],
    ['evaluate', 'iterative.pipeline.ts:9:51'],
  ])
})

test('where the stack says nothing, pipelines work without places', () => {
  const prepare = Error.prepareStackTrace
  Error.prepareStackTrace = () => undefined
  try {
    const { stages } = compile({ default: train().prune(0.5) })
    expect(stages.map(({ at }) => at)).toEqual([undefined, undefined, undefined, undefined])
    expect(() => train({ epochs: 0 })).toThrow('train() was given a value of epochs that is out of range.')
  } finally {
    Error.prepareStackTrace = prepare
  }
})

test('looking for the place leaves the stack limit as it was', () => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 3
  try {
    expect(train().node.at?.file).toBe(import.meta.filename)
    expect(Error.stackTraceLimit).toBe(3)
  } finally {
    Error.stackTraceLimit = limit
  }
})
