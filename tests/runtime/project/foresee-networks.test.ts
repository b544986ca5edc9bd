import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dataFacts } from '../../../runtime/data/datasets.ts'
import { dataOf } from '../../../runtime/kinds/kinds.ts'
import { dataKey } from '../../../runtime/plan/plan.ts'
import { foreseeNetworks } from '../../../runtime/project/foresee-networks.ts'
import { loadPipelines } from '../../../runtime/project/load/loader.ts'
import { temporaryStore } from '../store/temporary-store.ts'
import { fileOf } from './load/pipeline-files.ts'

const library = join(import.meta.dirname, '../../../stdlib/index.ts')

/** What is foreseen of a file whose fourth line exports this, when all of its stages are still to run. */
async function foreseen(exported: string, status: 'run' | 'hit' = 'run', reads = false): Promise<unknown> {
  const file =
    fileOf(`import { adam, batchEnsemble, bnConv, cubic, data, digits, filterL1, fitnet, kd, lenet300, lstm, magnitude, model, simkd, task, vit } from '${library}'
const net = (m) => task({ model: m, data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
const rows = (length) => { const split = { tokens: new Int32Array(4 * (length + 1)) }; return data({ vocabulary: 10, length }, { train: split, validation: split, test: split }) }; const words = (m, length = 8) => task({ model: m, data: rows(length), optimizer: adam({ lr: 1e-3 }), epochs: 1 }); const [small, conv, deep] = [net(lenet300()), net(bnConv()), net(bnConv([8, 8, 8, 8, 8]))]
export default ${exported}
`)
  const store = await temporaryStore()
  const { graph, target } = await loadPipelines({ file, target: undefined }, { seconds: 60, store: store.places.home })
  const stages = graph.stages.map(({ id, path, kind, options }) => ({ id, path, kind, options, status }))
  const source = { file, target, params: {}, project: join(file, '..') }
  const read = reads ? graph.stages.flatMap((stage) => dataOf(stage) ?? []) : []
  const data = new Map(await Promise.all(read.map(async (spec) => [dataKey(spec), await dataFacts(store.data, spec)] as const)))
  return foreseeNetworks({ graph, source, store, data }, { stages: stages as never }).catch((cause: unknown) => cause)
}

describe('refused before anything is trained', () => {
  test.each([
    ["conv.init().distill(deep.train(), fitnet({ student: 'conv1', teacher: 'conv3' }))", /features of different sizes/],
    ["small.init().distill(conv.train(), fitnet({ student: 'fc1', teacher: 'conv1' }))", /features of different sizes/],
    ['small.train().prune(magnitude(0.999999))', /Of 266200 weights 0 would be left, for 3 layers/],
    ['small.init().prune({ fc1: 0.5, out: 0.9999 })', /Of 1000 weights 0 would be left, for 1 layer/],
    [
      'conv.train().prune(filterL1({ macs: 0.995 }))',
      /Removing every channel that may go takes 9\d\.\d % of the MACs, and 99\.5 % are to go/,
    ],
    ['conv.init().dpf(filterL1({ parameters: 0.5 }, { minimum: 14 }))', /of the parameters, and 50\.0 % are to go/],
    ['small.init().prune(0.999999, { schedule: cubic() })', /Of 266200 weights 0 would be left/],
    ['net(vit(2, { patch: 5 })).train()', /Images of 28 × 28 cannot be cut into patches of 5 × 5/],
  ])('%s', async (exported, title) => {
    const problem = await foreseen(exported)
    expect(problem).toMatchObject({ _tag: 'PlanProblem', title: expect.stringMatching(title), hint: expect.stringMatching(/./) })
    const { facts } = problem as { facts: [string, string][] }
    expect(facts.find(([label]) => label === 'at')?.[1]).toMatch(/:4:\d+$/)
    expect(await foreseen(exported, 'hit')).toBeUndefined()
  })
})

describe('of texts', () => {
  const recurrent = /batchEnsemble\(\) gives factors to dense, convolutional and depthwise layers, and lstm1 is of another kind/

  test.each([
    ['members of a recurrent network', 'words(batchEnsemble(lstm([4], { vocabulary: 10 }), 2, { spread: 0.5 })).train()', recurrent],
    ['members that are only measured', 'words(batchEnsemble(lstm([4], { vocabulary: 10 }), 2)).init()', recurrent],
    [
      'a teacher of longer sequences',
      'words(lstm([4], { vocabulary: 10 })).init().distill(words(lstm([8], { vocabulary: 10 }), 9).train())',
      /does not predict the next token at each place of sequences of 8/,
    ],
  ])('refused: %s', async (_, exported, title) => {
    expect(await foreseen(exported, 'run', true)).toMatchObject({ _tag: 'PlanProblem', title: expect.stringMatching(title) })
  })

  test('nothing is said of an LSTM that an LSTM teaches', async () => {
    const taught = 'words(lstm([4], { vocabulary: 10 })).init().distill(words(lstm([8], { vocabulary: 10 })).train())'
    expect(await foreseen(taught, 'run', true)).toBeUndefined()
  })
})

test.each([
  "conv.init().distill(conv.train({ seed: 1 }), fitnet({ student: 'conv2', teacher: 'conv2' }))",
  'conv.init().distill(deep.train(), simkd())',
  'small.init().distill(conv.train(), kd())',
  'small.train().prune(magnitude(0.999))',
  'conv.train().prune(filterL1({ macs: 0.9 }))',
  'small.train().prune(magnitude(0.999999, { minimum: 1 }))',
  // Of what is left of a pruned network only running it tells.
  'small.train().prune(0.5).prune(0.99999)',
  'net(vit(2)).train()',
  'conv.train().prune(filterL1(0.5)).shrink().distill(conv.train(), simkd())',
])('nothing is said of %s', async (exported) => {
  expect(await foreseen(exported)).toBeUndefined()
})
