import { expect, test } from 'vitest'
import { compile } from '../../../dsl/language/compile.ts'
import { revisionOf } from '../../../runtime/kinds/kinds.ts'
import { adam, adamw, digits, lenet300, type Optimizer, sgd, task } from '../../../stdlib/index.ts'

/** Of a training with it. */
const revision = (optimizer: Optimizer) => {
  const graph = compile({ default: task({ model: lenet300(), data: digits(), optimizer, epochs: 1 }).train() })
  return revisionOf(graph.stages.find(({ kind }) => kind === 'train')!)
}

test('a training with Adam has a higher revision than one with SGD, whose results stayed as they were', () => {
  expect(revision(sgd({ lr: 0.1 }))).toBe(2)
  expect(revision(adam({ lr: 1e-3 }))).toBe(3)
  expect(revision(adamw({ lr: 1e-3 }))).toBe(3)
})

test("an export in PyTorch's layout or as ONNX has a higher revision than others: names of modules and a softmax were wrong before", () => {
  const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 })
  const graph = compile({
    torch: train().export({ format: 'safetensors', path: 'a.safetensors', layout: 'pytorch' }),
    own: train().export({ format: 'safetensors', path: 'b.safetensors' }),
    onnx: train().export({ format: 'onnx', path: 'c.onnx' }),
    card: train().export({ format: 'huggingface', path: 'd' }),
  })
  const paths = graph.stages.flatMap((stage) => (stage.kind === 'export' ? [[stage.options.path, revisionOf(stage)] as const] : []))
  expect(Object.fromEntries(paths)).toEqual({ 'a.safetensors': 2, 'b.safetensors': 1, 'c.onnx': 2, d: 2 })
})
