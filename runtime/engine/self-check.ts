/** Compares known results, in a few milliseconds: an engine that gets these wrong must not train anything. */
import type { Engine, Tensor } from '../../stdlib/engine.ts'
import { engineProblems } from './problems.ts'

/** The first numbers of the stream with seed 7, equal in every correct build of TensorFlow. */
const streamOf7 = [0.74708, 0.67218, 0.05778, 0.64421]

/** @throws EngineProblem `self-check` */
export async function selfCheck(engine: Engine): Promise<void> {
  const { tf } = engine
  const before = engine.memory().tensors
  const values = async (tensor: Tensor) => [...(await engine.read(tensor))]

  const product = tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2])))
  expectEqual('a matrix product', await values(product), [4, 5, 10, 11])
  const image = tf.tidy(() => tf.conv2d(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]), tf.ones([2, 2, 1, 1]), 1, 'valid'))
  expectEqual('a convolution', await values(image), [10])

  const start = tf.tensor1d([1, 2])
  const weight = tf.variable(start, false)
  const seed = tf.scalar(7, 'int32')
  const step = engine.compile('self-check', [{ name: 'seed', shape: [], dtype: 'int32' }], (from) => {
    weight.assign(tf.mul(weight, 2))
    return [engine.withRandom(from!, () => engine.random('uniform', [4]))]
  })
  const [first] = await step.run([seed])
  const [second] = await step.run([seed])
  expectEqual('random numbers of one seed', await values(first!), await values(second!))
  expectEqual(
    'a stream of random numbers',
    (await values(first!)).map((x) => Number(x.toFixed(5))),
    streamOf7,
  )
  expectEqual('a variable assigned twice in a step', await values(weight), [4, 8])
  step.dispose()
  tf.dispose([product, image, start, weight, seed, first!, second!])
  expectEqual('tensors left over', [engine.memory().tensors], [before])
}

function expectEqual(what: string, found: readonly number[], expected: readonly number[]): void {
  if (found.length === expected.length && found.every((value, i) => value === expected[i])) return
  throw engineProblems.selfCheck(what, [
    ['expected', expected.join(', ')],
    ['found', found.join(', ')],
  ])
}
