/** Asks the TensorFlow engine for a step in mixed precision and prints its product or the refusal; run as a process by mixed.test.ts. */
import { openEngine } from '../../../runtime/engine/open.ts'
import { EngineProblem } from '../../../runtime/engine/problems.ts'

const engine = await openEngine({ engine: 'tensorflow', threads: 1 })
const { tf } = engine
try {
  const product = () => [tf.matMul(tf.tensor2d([[1 + 2 ** -7]]), tf.tensor2d([[3]]))]
  const [result] = await engine.compile('product', [], product, { precision: 'mixed' }).run([])
  console.log(...(await engine.read(result!)))
} catch (cause) {
  if (!(cause instanceof EngineProblem)) throw cause
  console.log(cause.title)
}
