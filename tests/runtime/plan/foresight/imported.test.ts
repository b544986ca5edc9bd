/** What networks out of files cannot do is foreseen from the plan's graph. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { DataFacts } from '../../../../runtime/data/facts.ts'
import { dataOf } from '../../../../runtime/kinds/kinds.ts'
import { foresee } from '../../../../runtime/plan/foresight/foresee.ts'
import { dataKey } from '../../../../runtime/plan/plan.ts'
import { loadPipelines } from '../../../../runtime/project/load/loader.ts'
import { onnxFile } from '../../interop/onnx/onnx-file.ts'
import { fileOf } from '../../project/load/pipeline-files.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const library = join(import.meta.dirname, '../../../../stdlib/index.ts')

/** What is foreseen of a pipeline of a network with a dilated convolution and no batch norm, for images of 28 × 28 × 1. */
async function foreseen(exported: string, input: readonly number[] = [28, 28, 1]) {
  const path = join(await temporaryFolder(), 'network.onnx')
  const zeros = (...shape: number[]) => ({ shape, values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0) })
  const file = onnxFile({
    input: { name: 'x', shape: ['batch', 1, 28, 28] },
    constants: { 'conv.weight': zeros(4, 1, 3, 3), 'fc.weight': zeros(10, 4) },
    nodes: [
      { operator: 'Conv', inputs: ['x', 'conv.weight'], outputs: ['c'], attributes: { dilations: [2, 2] } },
      { operator: 'GlobalAveragePool', inputs: ['c'], outputs: ['p'] },
      { operator: 'Flatten', inputs: ['p'], outputs: ['f'] },
      { operator: 'Gemm', inputs: ['f', 'fc.weight'], outputs: ['y'], attributes: { transB: 1 } },
    ],
  })
  writeFileSync(path, file)
  const pipeline = fileOf(`import { batchEnsemble, digits, imported, magnitude, sgd, slimming, task } from '${library}'
const rest = { data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 }
const network = imported({ from: ${JSON.stringify(path)}, classes: 10 })
const { init, pretrained } = task({ model: network, ...rest })
export default ${exported}
`)
  const { graph } = await loadPipelines({ file: pipeline, target: undefined }, { seconds: 60 })
  const facts: DataFacts = { digest: `sha256:${'0'.repeat(64)}`, trainExamples: 1000, classes: 10, input }
  return foresee(graph, new Map(graph.stages.flatMap((stage) => dataOf(stage) ?? []).map((spec) => [dataKey(spec), facts])))
}

test.each([
  ['pretrained().finetune()', /A convolution of the network in the file is dilated, and there is no gradient of those/],
  ['task({ model: batchEnsemble(network, 2), ...rest }).init().train()', /is dilated/],
  ['pretrained().recalibrate()', /^recalibrate\(\) looks at batch norm/],
  ['pretrained().prune(slimming(0.5))', /^slimming\(\) looks at batch norm/],
])('%s', async (exported, sentence) => {
  const problem = await foreseen(exported).catch((cause: unknown) => cause)
  expect(problem).toMatchObject({ _tag: 'PlanProblem', title: expect.stringMatching(sentence), hint: expect.stringMatching(/./) })
})

test('it may be measured and pruned; images of another shape are refused', async () => {
  expect(await foreseen('pretrained().prune(magnitude(0.5)).evaluate()')).toEqual([])
  await expect(foreseen('pretrained().evaluate()', [32, 32, 3])).rejects.toMatchObject({
    title: 'The network reads examples of another shape than the data have.',
  })
})
