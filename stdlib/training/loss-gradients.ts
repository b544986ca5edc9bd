/** The loss of a batch, its gradient, and the number of correct examples: the part of a training step before the updates. */
import type { Engine, Tensor, Tf, Variable } from '../engine.ts'
import type { Parameter } from '../network.ts'
import type { TrainerOptions } from './trainer-options.ts'

/** Added to a step's seed for its perturbation, so that dropout in the same step uses different numbers. */
const perturbationSeed = 0x2545f491

type Asked = Pick<TrainerOptions, 'network' | 'examples' | 'objective' | 'augmentations' | 'batch' | 'labelSmoothing'>

interface Given {
  /** The indices of the examples, and their augmentation. */
  readonly example: readonly Tensor[]
  readonly seed: Tensor
  /** The objective's. */
  readonly scalars: readonly Tensor[]
  readonly constants: ReadonlyMap<string, Tensor>
  /** The objective's, before the step. */
  readonly state: ReadonlyMap<string, Tensor>
}

/** Inside a step. Gradients by variable name; `updates` is the objective's state after the step, by name. */
export function lossGradients(engine: Engine, asked: Asked, variables: readonly Variable[], given: Given) {
  const { tf } = engine
  const { example, seed } = given
  const { network, examples, objective, augmentations, batch: size, labelSmoothing } = asked
  const gathered = examples.gathered(example)
  const { labels: truth, indices } = gathered
  const images = augmentations?.apply(tf, gathered.images, example[examples.inputs(size).length]) ?? gathered.images
  const numbers = examples.target?.kind === 'numbers'
  const labels = numbers ? truth : distributions(tf, truth, network.topology.classes, labelSmoothing)
  const plain = { images, labels, indices }
  const inputs = { engine, network, batch: plain, scalars: given.scalars, constants: given.constants, state: given.state }
  // Outside the gradient tape: a perturbation is a constant for the loss.
  // A plain number would make the sum a float.
  const other = tf.add(seed, tf.scalar(perturbationSeed, 'int32'))
  const batch = objective.perturbed === undefined ? plain : engine.withRandom(other, () => objective.perturbed!(inputs))
  let right: Tensor | undefined
  let after: ReadonlyMap<string, Tensor> = new Map()
  const { value, grads } = tf.variableGrads(
    () =>
      engine.withRandom(seed, () => {
        const { loss, logits, updates = after } = objective.loss({ ...inputs, batch })
        right = tf.keep(numbers ? tf.scalar(0) : rightOf(tf, logits, truth, examples.places))
        after = new Map([...updates].map(([name, value]) => [name, tf.keep(value)]))
        return loss.asScalar()
      }),
    [...variables],
  )
  // Kept beyond the scope of variableGrads; a copy in this scope releases it.
  const letGo = (kept: Tensor): Tensor => {
    const copy = kept.clone()
    kept.dispose()
    return copy
  }
  return { value, grads, correct: letGo(right!), updates: new Map([...after].map(([name, kept]) => [name, letGo(kept)])) }
}

/** A parameter's gradient with the penalty for its role. @param gammaL1 strength of the penalty on batch norm's scales */
export function penalised(variable: Variable, role: Parameter['role'], gradient: Tensor, gammaL1 = 0): Tensor {
  // Each member's factors receive a fraction of the loss; scaling makes their steps as long as for a separate network (Nam et al., 2022).
  if (role === 'r' || role === 's') return gradient.mul(variable.shape[0]!)
  return gammaL1 === 0 || role !== 'gamma' ? gradient : gradient.add(variable.sign().mul(gammaL1))
}

/** By the norm over all gradients, like PyTorch's clip_grad_norm_. */
export function clippedTo(tf: Tf, gradients: readonly Tensor[], clipNorm: number): readonly Tensor[] {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))))
  const scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)))
  return gradients.map((gradient) => tf.mul(gradient, scale))
}

/** Correct examples; for a batch ensemble the mean over its members, and for sequences the mean over positions. */
function rightOf(tf: Tf, logits: Tensor, truth: Tensor, places: number): Tensor {
  const members = logits.shape[0]! / truth.shape[0]!
  const wanted = members === 1 ? truth : tf.tile(truth, [members])
  const right = tf.sum(tf.cast(tf.equal(tf.argMax(logits, -1), wanted), 'float32'))
  return members * places === 1 ? right : tf.div(right, members * places)
}

function distributions(tf: Tf, truth: Tensor, classes: number, smoothing = 0): Tensor {
  // tfjs types the indices of oneHot as tensors of one rank only.
  const exact = tf.cast(tf.oneHot(truth as never, classes), 'float32') as Tensor
  return smoothing === 0 ? exact : exact.mul(1 - smoothing).add(smoothing / classes)
}
