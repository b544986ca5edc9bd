import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DataFacts } from '../../../../runtime/data/facts.ts'
import { dataOf } from '../../../../runtime/kinds/kinds.ts'
import { foresee } from '../../../../runtime/plan/foresight/foresee.ts'
import { dataKey } from '../../../../runtime/plan/plan.ts'
import { loadPipelines } from '../../../../runtime/project/load/loader.ts'
import { fileOf } from '../../project/load/pipeline-files.ts'

const root = join(import.meta.dirname, '../../../..')
const library = join(root, 'stdlib/index.ts')
const facts: DataFacts = { digest: `sha256:${'0'.repeat(64)}`, trainExamples: 1000, classes: 10, input: [28, 28, 1] }

/** What is foreseen of a file whose fourth line exports this. */
async function foreseen(exported: string) {
  const file =
    fileOf(`import { adam, bnConv, compare, constant, cosine, digits, imp, seeds, slimming, step, sweep, task, warmup } from '${library}'
const fixed = { data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 3 }
const { init, train } = task({ model: bnConv(), ...fixed })
export default ${exported}
`)
  const { graph } = await loadPipelines({ file, target: undefined }, { seconds: 60 })
  const specs = graph.stages.flatMap((stage) => dataOf(stage) ?? [])
  return foresee(graph, new Map(specs.map((spec) => [dataKey(spec), facts])))
}
const titles = async (exported: string) => (await foreseen(exported)).map(({ title }) => title)

describe('refused before anything runs', () => {
  test.each([
    ['task({ model: bnConv(), ...fixed, batch: 1001 }).train()', /A batch of 1001 is more than the 1000 training examples/],
    ['task({ model: bnConv(), ...fixed, batch: 1001 }).init().recalibrate()', /A batch of 1001 is more than the 1000/],
    ['seeds(3, () => train().prune(0.9))', /3 seeds give the same pipeline/],
    ['sweep({ sparsity: [0.5, 0.9], seed: [0, 1] }, ({ sparsity }) => train().prune(sparsity))', /2 seeds give the same pipeline/],
  ])('%s', async (exported, sentence) => {
    const problem = await foreseen(exported).catch((cause: unknown) => cause)
    expect(problem).toMatchObject({ _tag: 'PlanProblem', title: expect.stringMatching(sentence), hint: expect.stringMatching(/./) })
    expect((problem as { facts: [string, string][] }).facts.find(([label]) => label === 'at')?.[1]).toMatch(/:4:\d+$/)
  })
})

describe('warned of', () => {
  test.each([
    ['train({ lr: warmup(3, cosine(0.1)) })', /warm-up takes 3 epochs and the training ends after 3/],
    ['train({ lr: step(0.1, { at: { epochs: [3, 5] } }) })', /to drop at epoch 3, and the training ends at epoch 3/],
    ['train({ lr: warmup(1, step(0.1, { at: { epochs: [4] } })) })', /to drop at epoch 4/],
    ['train().prune(slimming(0.5)).finetune()', /smallest scales/],
  ])('%s', async (exported, sentence) => {
    expect(await titles(exported)).toEqual([expect.stringMatching(sentence)])
  })

  test('once for each place in the source, whatever the number of seeds', async () => {
    expect(await titles('seeds(3, (seed) => train({ seed, lr: warmup(9, constant(0.1)) }))')).toHaveLength(1)
  })
})

test.each([
  'task({ model: bnConv(), ...fixed, batch: 1000 }).train()',
  'seeds(3, (seed) => train({ seed }).prune(0.9))',
  'seeds(1, () => train())',
  'train({ lr: warmup(2, cosine(0.1)) })',
  'train({ lr: step(0.1, { at: { epochs: [2, 5] } }) })',
  'train({ gammaL1: 1e-4 }).finetune().prune(slimming(0.5))',
  'compare({ a: train(), b: train() })',
  'compare({ short: train({ epochs: 1, lr: warmup(2, cosine(0.1)) }), whole: train({ lr: warmup(2, cosine(0.1)) }) })',
])('nothing is said of %s', async (exported) => {
  expect(await titles(exported)).toEqual([])
})

test.each([...globSync('examples/*.pipeline.ts', { cwd: root }), ...globSync('results/studies/*.pipeline.ts', { cwd: root })])(
  'nothing is said of %s at any scale',
  async (file) => {
    const largest: { readonly [file: string]: readonly string[] } = {
      'examples/hybrid.pipeline.ts': [],
      'examples/dsd.pipeline.ts': ['cifar'],
    }
    const scales = ['demo', 'minimal', ...(largest[file] ?? ['paper'])]
    const [name, values] = file.startsWith('examples/') ? ['scale', scales] : ['quick', ['false', 'true']]
    for (const value of values as string[]) {
      const { graph } = await loadPipelines(
        { file: join(root, file), target: undefined },
        { seconds: 60 },
        new Map([[name as string, value]]),
      )
      expect([file, value, foresee(graph, new Map())]).toEqual([file, value, []])
    }
  },
)
