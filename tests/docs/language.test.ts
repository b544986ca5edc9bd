import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Form } from '../../dsl/check/form.ts'
import { why, whyRewind } from '../../dsl/check/why.ts'
import { kinds } from '../../dsl/graph/stage-options.ts'
import criteria from '../../dsl/parts/criteria.ts'
import distillers from '../../dsl/parts/distill.ts'
import { ranking } from '../../dsl/parts/pruner.ts'
import { sparsitySpec } from '../../dsl/parts/sparsity.ts'
import { every } from '../../dsl/verbs/prune.ts'
import * as library from '../../stdlib/index.ts'
import { adam, digits, lenet300, task } from '../../stdlib/index.ts'
import { compiled, root } from './snippets.ts'

const page = readFileSync(join(root, 'docs/language.md'), 'utf8')
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

/** The page says that every example stands under the lines of the first. */
const setting = (blocks[0] ?? '').replace(/^export default .*\n/m, '')

test('every example on the page compiles', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(12)
  expect(
    compiled(Object.fromEntries(blocks.map((code, i) => [`example-${i + 1}.pipeline.ts`, i === 0 ? code : `${setting}\n${code}`]))),
  ).toEqual([])
})

test('every name that a pipeline file can import as a function is on the page', () => {
  const forTheLibrary = ['modelOf', 'dataOf', 'PipelineProblem']
  const missing = Object.entries(library).filter(([name, value]) => typeof value === 'function' && !page.includes(`${name}(`))
  expect(missing.map(([name]) => name).filter((name) => !forTheLibrary.includes(name))).toEqual([])
})

test('every sentence of a refusal is on the page', () => {
  const missing = [...Object.values(why), whyRewind('early')].filter(({ title, hint }) => !page.includes(`| ${title} | ${hint} |`))
  expect(missing).toEqual([])
})

test('every verb has a section', () => {
  const pipeline = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 }).init()
  const verbs = Object.getOwnPropertyNames(Object.getPrototypeOf(pipeline)).filter((name) => name !== 'constructor' && name !== 'custom')
  expect([...page.matchAll(/^### (\w+)$/gm)].map(([, verb]) => verb).sort()).toEqual(['init', 'pretrained', ...verbs].sort())
})

describe('the tables of options are those that are declared', () => {
  const { fields } = kinds.train.options
  const rowOf = (option: string, among: string) => {
    const section = page.slice(page.indexOf(among))
    const row = section.split('\n').find((line) => line.startsWith(`| \`${option}\` |`)) ?? ''
    return row.split(/(?<!\\)\|/).map((cell) => cell.trim())
  }
  /** The first sentence of the docstring where the option is declared, as it goes on in a row. */
  const sentenceOf = (file: string, option: string): string => {
    const [, doc = 'none'] =
      new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\n +${option}: `, 's').exec(readFileSync(join(root, file), 'utf8')) ?? []
    const [first = ''] = doc
      .replaceAll(/\s+\*?\s*/g, ' ')
      .trim()
      .split(/\.(?= |$)/)
    return first.slice(0, 1).toLowerCase() + first.slice(1)
  }
  const written = (value: unknown) =>
    typeof value === 'number' ? String(value) : `\`${typeof value === 'string' ? `'${value}'` : JSON.stringify(value)}\``

  test.each(['epochs', 'seed', 'batch', 'labelSmoothing', 'clipNorm', 'ema', 'gammaL1', 'earlyStop'] as const)('task: %s', (option) => {
    const [, , , range = ''] = rowOf(option, '## task')
    const { says, standard }: Form<unknown> = fields[option]
    expect(range.startsWith(standard === undefined ? says : `${says}, default ${standard}`), range).toBe(true)
  })

  test.each([
    ...['epochs', 'labelSmoothing', 'clipNorm', 'ema', 'gammaL1', 'earlyStop'].map((option) => [
      'dsl/graph/stage-options.ts',
      option,
      '## task',
    ]),
    ...['of', 'firstLayer', 'minimum'].map((option) => ['dsl/parts/pruner.ts', option, '### prune']),
  ] as [string, string, string][])('as the docstring in %s says of %s', (file, option, section) => {
    expect(rowOf(option, section).join(' | ')).toContain(sentenceOf(file, option))
  })

  const steps: { readonly [option: string]: Form<unknown> } = { ...ranking, every, mode: fields.pruning.fields.mode }
  test.each(['of', 'exclude', 'firstLayer', 'outputLayer', 'minimum', 'every', 'mode'])('prune: %s', (option) => {
    const [, , standard = ''] = rowOf(option, '### prune')
    expect(standard).toBe(written(steps[option]!.standard))
  })

  test.each<[string, { readonly [option: string]: Form<unknown> }]>([
    ['kd({ ', distillers.kd.options],
    ['fitnet({ student, teacher, ', distillers.fitnet.options],
    ['dkd({ ', distillers.dkd.options],
    ['dist({ ', distillers.dist.options],
    ['at({ student, teacher, ', distillers.at.options],
    ['sp({ ', distillers.sp.options],
    ['rkd({ ', distillers.rkd.options],
    ['srrl({ ', distillers.srrl.options],
    ['crd({ ', distillers.crd.options],
    ['simkd({ ', distillers.simkd.options],
    ['latentBE({ ', { ...distillers.latentBE.options, step: distillers.latentBE.options.perturbation.fields.step }],
    ['gradient(s, { ', criteria.gradient.options],
    ['force(s, { ', criteria.force.options],
    ['grasp(s, { ', criteria.grasp.options],
    ['synflow(s, { ', criteria.synflow.options],
    ['cubic({ ', sparsitySpec.fields],
  ])('%s', (call, options) => {
    const start = page.indexOf(`\`${call}`)
    const signature = page.slice(start, page.indexOf('`', start + 1))
    const given = [...signature.matchAll(/(\w+) = ([\d./]+)/g)]
    expect(given.length).toBeGreaterThan(0)
    const value = (text: string) =>
      text
        .split('/')
        .map(Number)
        .reduce((a, b) => a / b)
    expect(Object.fromEntries(given.map(([, option, text]) => [option, value(text!)]))).toEqual(
      Object.fromEntries(given.map(([, option]) => [option, options[option!]?.standard])),
    )
    const numbers = Object.entries(options).filter(([, { standard }]) => typeof standard === 'number')
    expect(given.map(([, option]) => option).toSorted()).toEqual(numbers.map(([option]) => option).toSorted())
  })
})
