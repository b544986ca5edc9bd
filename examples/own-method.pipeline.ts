/**
 * A method that is not in the library, with a criterion and a loss that are not: each round prunes by LAMP (Lee et al., ICLR 2021), goes
 * back to the first weights and learns from the network it was before, by its logits (Ba & Caruana, NIPS 2014) beside the labels.
 * They are ordinary functions, and cache, explain and resume like the library's own.
 */
import type { Arch, Mask, Pipeline } from 'espalier'
import { adam, compare, cosine, criterion, digits, lenet300, loss, params, seeds, task } from 'espalier'

/** w² over the sum of the squares of its layer's weights that are not smaller (equation 3): scores of all layers are comparable. */
const lamp = (weights: Float32Array) => {
  const squares = weights.map((weight) => weight * weight)
  const ascending = Uint32Array.from(weights.keys()).sort((a, b) => squares[a]! - squares[b]! || a - b)
  const scores = new Float32Array(weights.length)
  let rest = 0
  for (const i of ascending.reverse()) {
    rest += squares[i]!
    scores[i] = rest === 0 ? 0 : squares[i]! / rest
  }
  return scores
}

/** Half the cross-entropy with the labels, half the squared distance to the teacher's logits. */
const mimic = loss(({ tf, student, teachers: [teacher], labels }) => {
  const hard = tf.losses.softmaxCrossEntropy(labels, student)
  const soft = tf.losses.meanSquaredError(teacher!, student)
  return tf.add(tf.mul(0.5, hard), tf.mul(0.5, soft)).asScalar()
})

/** `rounds` of pruning up to `sparsity`, each taught by the network of the round before. */
const heirloom =
  (sparsity: number, rounds: number) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K | 'init'>) => {
    const part = 1 - (1 - sparsity) ** (1 / rounds)
    return p.repeat(rounds, (before) => before.prune(criterion(part, lamp)).rewind().distill(before, mimic))
  }

const { scale, sparsity } = params({ scale: ['demo', 'paper', 'minimal'], sparsity: 0.95 })
const { epochs, rounds, trials } = {
  demo: { epochs: 6, rounds: 3, trials: 3 },
  paper: { epochs: 30, rounds: 5, trials: 5 },
  minimal: { epochs: 1, rounds: 2, trials: 1 },
}[scale]

export default seeds(trials, (seed) => {
  const optimizer = adam({ lr: cosine(1.2e-3) })
  const { train } = task({ model: lenet300(), data: digits(), optimizer, epochs, seed })
  const dense = train()
  return compare({
    dense,
    magnitude: dense.repeat(rounds, (p) =>
      p
        .prune(1 - (1 - sparsity) ** (1 / rounds))
        .rewind()
        .train(),
    ),
    heirloom: dense.pipe(heirloom(sparsity, rounds)),
  })
})
