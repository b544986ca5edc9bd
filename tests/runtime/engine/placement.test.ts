/**
 * Where values and operations are, as far as that can be seen without a GPU: a second processor of TensorFlow's stands in for it.
 * What is tested here runs on a GPU under another device's name.
 */
import { beforeAll, expect, it } from 'vitest'
import { locateTensorFlow } from '../../../runtime/engine/locate.ts'
import { EngineProblem } from '../../../runtime/engine/problems.ts'
import { type Backend, raw, registerBackend, tf } from '../../../runtime/engine/tensorflow/backend.ts'
import { compileStep } from '../../../runtime/engine/tensorflow/compile.ts'
import { configProto } from '../../../runtime/engine/tensorflow/config.ts'
import { checkPlacement, expectOnGpu } from '../../../runtime/engine/tensorflow/placement.ts'
import type { Tensor } from '../../../stdlib/engine.ts'

const [first, second] = [0, 1].map((i) => `/job:localhost/replica:0/task:0/device:CPU:${i}`) as [string, string]
let backend: Backend

beforeAll(async () => {
  // device_count: { CPU: 2 }
  const twoProcessors = [0x0a, 7, 0x0a, 3, ...Buffer.from('CPU'), 0x10, 2]
  const config = Uint8Array.from([...twoProcessors, ...configProto({ intra: 1, inter: 1, gpu: true })])
  backend = await registerBackend((await locateTensorFlow()).directory, config, second)
})

const deviceOf = (tensor: Tensor) => backend.binding.deviceOf(backend.idOf(tensor))

it('TensorFlow reads the configuration for GPUs', () => {
  expect(backend.binding.devices()).toEqual([first, second])
  expect([...configProto({ intra: 3, inter: 1 })]).toEqual([0x10, 3, 0x28, 1])
  // gpu_options { allow_growth: true }, allow_soft_placement: true
  expect([...configProto({ intra: 3, inter: 1, gpu: true })]).toEqual([0x10, 3, 0x28, 1, 0x32, 2, 0x20, 1, 0x38, 1])
})

it('data and weights are on the device from the start, integers in the processor’s memory', () => {
  expect(deviceOf(tf.tensor2d([1, 2, 3, 4], [2, 2]))).toBe(second)
  expect(deviceOf(tf.variable(tf.ones([3]), true))).toBe(second)
  expect(deviceOf(tf.tensor1d([1, 2], 'int32'))).toBe(first)
  expect([...tf.tensor1d([1.5, 2.5]).add(1).dataSync()]).toEqual([2.5, 3.5])
})

it('a step takes them from there, and gives what it gave before', async () => {
  const weight = tf.variable(tf.tensor2d([1, 2, 3, 4], [2, 2]), true)
  const step = compileStep(
    backend,
    'step',
    [{ name: 'x', shape: [2, 2], dtype: 'float32' }],
    (x) => {
      weight.assign(tf.add(weight, 1))
      return [tf.matMul(x as never, weight as never)]
    },
    { xla: false, mixed: false },
  )
  const [product] = await step.run([tf.tensor2d([1, 0, 0, 1], [2, 2])])
  expect([...product!.dataSync()]).toEqual([2, 3, 4, 5])
  expect([...weight.dataSync()]).toEqual([2, 3, 4, 5])
})

it('an operation that ran elsewhere is found by where its result is', () => {
  const [product] = raw(backend, 'Neg', [tf.ones([2])], [{ name: 'T', type: 4, value: 1 }])
  let problem: unknown
  try {
    expectOnGpu(backend, 'a matrix product', product!)
  } catch (cause) {
    problem = cause
  }
  expect(problem).toBeInstanceOf(EngineProblem)
  expect(problem).toMatchObject({
    kind: 'self-check',
    title: 'The TensorFlow library computes a matrix product on the CPU instead of the GPU.',
    facts: [['device', expect.stringMatching(/device:CPU:[01]$/)]],
    hint: expect.stringContaining('--device cpu'),
  })
})

it('a library that sees no GPU is refused before anything is computed, with the devices it has', async () => {
  const tensors = tf.memory().numTensors
  await expect(checkPlacement(backend)).rejects.toMatchObject({
    title: 'The TensorFlow library computes everything on the CPU instead of the GPU.',
    facts: [['device', `${first}, ${second}`]],
  })
  expect(tf.memory().numTensors).toBe(tensors)
})

it('TF32 is off once it is switched off', () => {
  const { c } = backend.binding
  expect(c.tf32()).toBe(true)
  c.setTf32(false)
  expect(c.tf32()).toBe(false)
})
