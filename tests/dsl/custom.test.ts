/** Functions of the user's in the compiled form: their meaning, by whoever knows it, and nothing of themselves. */
import { expect, test } from 'vitest'
import { adam, criterion, data, type StageFunction, stage, sweep, task } from '../../dsl/index.ts'
import { type CompileOptions, compile } from '../../dsl/language/compile.ts'
import { dots, tiny } from './tiny.ts'

const { train } = task({ model: tiny(), data: dots(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })

const score = (weights: Float32Array) => weights.map(Math.abs)
const keep: StageFunction<Record<never, never>> = ({ weights }) => weights
const asked: string[] = []
const fingerprint: CompileOptions['fingerprint'] = (own, role) => {
  const meaning = `${role}:${typeof own === 'function' ? own.toString().length : Object.keys(own).join()}`
  asked.push(meaning)
  return meaning
}

test('a criterion and a stage become references, and the functions are told beside the graph', () => {
  const pipeline = train()
    .prune(criterion(0.5, score))
    .pipe(stage('keep', keep, { bits: 8 }))
    .finetune()
  const { stages, functions } = compile({ default: pipeline }, { fingerprint })
  expect(stages.map(({ path }) => path)).toEqual(['init', 'train', 'prune', 'keep', 'finetune', 'evaluate'])
  const fingerprints = [...functions.keys()]
  expect([...functions.values()]).toEqual([score, keep])
  expect(stages[2]?.options).toMatchObject({ criterion: { kind: 'custom', fn: { name: 'score', fingerprint: fingerprints[0] } } })
  expect(stages[3]).toMatchObject({
    kind: 'custom',
    options: { name: 'keep', fn: { name: 'keep', fingerprint: fingerprints[1] }, options: { bits: 8 } },
  })
  expect(structuredClone(stages)).toEqual(stages)
})

test('equal meanings are one stage, whatever the functions are called', () => {
  const fns = { a: (weights: Float32Array) => weights, b: (values: Float32Array) => values }
  const arms = sweep({ fn: fns }, ({ fn }) => train().prune(criterion(0.5, fn)))
  const prunes = (meaning: CompileOptions['fingerprint'] & {}) =>
    compile({ default: arms }, { fingerprint: meaning }).stages.filter(({ kind }) => kind === 'prune')
  expect(prunes(() => 'one')).toHaveLength(1)
  expect(prunes((own) => String(own))).toHaveLength(2)
})

test('custom data are a function or arrays, known as such wherever they are read', () => {
  const split = (n: number) => ({ images: new Float32Array(4 * n), labels: new Int32Array(n) })
  const arrays = { input: [2, 2, 1] as const, train: split(3), validation: split(1), test: split(1) }
  const load = () => arrays
  for (const source of [arrays, load]) {
    asked.length = 0
    const mine = task({ model: tiny(), data: data(10, source), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
    const { stages, functions } = compile({ default: mine.train() }, { fingerprint })
    expect([...functions.values()]).toEqual([source])
    expect(asked.every((meaning) => meaning.startsWith('data:'))).toBe(true)
    expect(stages.at(-1)?.options).toMatchObject({
      data: { name: 'custom', options: { fn: { fingerprint: asked[0] }, facts: { classes: 10 } } },
    })
  }
  expect(() => data(10, { ...arrays, test: split(2), validation: { ...split(1), labels: new Int32Array(7) } })).toThrow(
    'option: validation',
  )
})

test('where nobody knows meanings, a function is refused with its name and place', () => {
  expect(() => compile({ default: train().prune(criterion(0.5, score)) })).toThrow(
    /Your criterion needs a fingerprint, and there is none here\.\n {2}function: score\n {2}verb: prune\(\)\n {2}at: .*custom\.test\.ts/,
  )
})

test.each([
  ['criterion()', () => criterion(0.5, 'magnitude' as never)],
  ['stage()', () => stage('x', undefined as never)],
])('%s needs a function', (verb, mistake) => {
  expect(mistake).toThrow(`${verb} needs a function.`)
})

test('a stage has a name for paths, plain options, and is applied to pipelines', () => {
  expect(() => stage('a/b', keep)).toThrow('stage() needs a name for paths.')
  expect(() => stage('a', keep, { f: keep } as never)).toThrow('stage() was given a function')
  expect(() => stage('a', keep)({} as never)).toThrow('A stage is applied to a pipeline.')
})
