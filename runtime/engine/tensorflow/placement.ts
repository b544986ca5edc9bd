/** Checks that operations that training needs run on the GPU: TensorFlow silently falls back to the processor. */
import type { Tensor } from '../../../stdlib/engine.ts'
import { engineProblems } from '../problems.ts'
import { type Backend, tf } from './backend.ts'
import { compileStep } from './compile.ts'

/**
 * Runs a matrix product and a convolution, eagerly and inside a step, and checks the devices of their results.
 * @throws EngineProblem `self-check` naming the operation and its device
 */
export async function checkPlacement(backend: Backend): Promise<void> {
  const { binding } = backend
  const listed = binding.devices()
  if (!listed.some(onGpu)) throw engineProblems.notOnGpu('everything', listed.join(', '))
  const matrix = tf.ones([8, 8])
  const images = tf.ones([2, 8, 8, 4])
  const kernel = tf.ones([3, 3, 4, 4])
  const product = () => tf.matMul(matrix as never, matrix as never)
  const convolution = () => tf.conv2d(images as never, kernel as never, 1, 'same')
  const step = compileStep(backend, 'placement', [], () => [product(), convolution()], { xla: false, mixed: false })
  const [inStep, convolved] = await step.run([])
  const alone = [product(), convolution()] as const
  step.dispose()
  for (const [what, tensor] of [
    ['a matrix product', alone[0]],
    ['a convolution', alone[1]],
    ['a matrix product in a step', inStep!],
    ['a convolution in a step', convolved!],
  ] as const)
    expectOnGpu(backend, what, tensor)
  tf.dispose([matrix, images, kernel, ...alone, inStep!, convolved!])
}

export function expectOnGpu(backend: Backend, what: string, tensor: Tensor): void {
  const device = backend.binding.deviceOf(backend.idOf(tensor))
  if (!onGpu(device)) throw engineProblems.notOnGpu(what, device)
}

const onGpu = (device: string): boolean => /device:GPU:\d+$/.test(device)
