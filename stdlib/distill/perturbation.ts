/**
 * Perturbed images on which teachers or members disagree: a step along a gradient, of length `step` · √D for D numbers in an image, within
 * the pixels' range [0, 1]. No gradient flows through it.
 * - `tdivSdiv` (Nam et al., 2022): up T-Div − S-Div, the cross-entropy between two random teachers minus that between the same two members;
 * - `ods` and `confOds` (Tashiro et al., 2020; Nam et al., 2021): along wᵀ·softmax(teacher/τ), w uniform in [−1, 1]; `confOds` scaled by
 *   the teacher's confidence;
 * - `gaussian`: in a random direction, as a control.
 */
import type { Perturbation } from '../../dsl/parts/distill.ts'
import type { Normalisation } from '../data/dataset.ts'
import type { Engine, Tensor, Tf } from '../engine.ts'
import { entryOf, type Registry } from '../registry.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { constant } from './constant.ts'

export interface PerturbationInputs {
  readonly engine: Engine
  /** Normalised: [batch, height, width, channels]. */
  readonly images: Tensor
  readonly teachers: readonly BoundNetwork[]
  readonly student: BoundNetwork
  /** Two different indices of teachers and members, int32 scalars. */
  readonly pair: readonly [Tensor, Tensor]
  readonly temperature: Tensor
  readonly normalisation: Normalisation
}

export function perturb({ kind, step }: Perturbation, inputs: PerturbationInputs): Tensor {
  const { engine, images, normalisation } = inputs
  const { tf } = engine
  if (kind === 'none') return images
  const [mean, std] = [tf.tensor1d([...normalisation.mean]), tf.tensor1d([...normalisation.std])]
  const pixels = tf.add(tf.mul(images, std), mean) as Tensor
  const normalised = (of: Tensor): Tensor => tf.div(tf.sub(of, mean), std)
  const direction = entryOf('perturbation', directions, kind)(inputs, pixels, normalised)
  const numbers = images.size / images.shape[0]!
  return normalised(tf.clipByValue(tf.add(pixels, tf.mul(direction, step * Math.sqrt(numbers))), 0, 1))
}

/** Normalised to unit length for each image (zero without a gradient); with `confOds` at most as long as the confidence. */
type Direction = (inputs: PerturbationInputs, pixels: Tensor, normalised: (pixels: Tensor) => Tensor) => Tensor

const directions: Registry<Direction> = {
  gaussian: ({ engine }, pixels) => unit(engine.tf, engine.random('normal', pixels.shape)),
  tdivSdiv({ engine: { tf }, teachers, student, pair }, pixels, normalised) {
    const diversity = (x: Tensor) => {
      const teacher = divergence(tf, stacked(tf, teachers, normalised, x), pair)
      const rows = x.shape[0]!
      const members = student.logits(normalised(x), false, true)
      const students = divergence(tf, tf.reshape(members, [members.shape[0]! / rows, rows, members.shape[1]!]), pair)
      return tf.sub(teacher, students).asScalar()
    }
    return unit(tf, tf.grad(diversity)(pixels))
  },
  ods: (...given) => outputDiversified(...given).direction,
  confOds(inputs, pixels, normalised) {
    const { tf } = inputs.engine
    const { direction, chosen } = outputDiversified(inputs, pixels, normalised)
    return tf.mul(direction, tf.reshape(tf.max(chosen(pixels), -1), [pixels.shape[0]!, 1, 1, 1]))
  },
} satisfies { readonly [K in Exclude<Perturbation['kind'], 'none'>]: Direction }

/** Along wᵀ·softmax of one teacher. */
function outputDiversified(...[inputs, pixels, normalised]: Parameters<Direction>) {
  const { engine, teachers, pair, temperature } = inputs
  const { tf } = engine
  const chosen = (x: Tensor) => tf.softmax(tf.div(at(tf, stacked(tf, teachers, normalised, x), pair[0]), temperature))
  const { classes } = teachers[0]!.topology
  const weights = tf.sub(tf.mul(engine.random('uniform', [pixels.shape[0]!, classes]), 2), 1)
  const direction = unit(tf, tf.grad((x: Tensor) => tf.sum(tf.mul(weights, chosen(x))).asScalar())(pixels))
  return { direction, chosen }
}

/** The networks' logits [networks, batch, classes]. */
const stacked = (tf: Tf, networks: readonly BoundNetwork[], normalised: (pixels: Tensor) => Tensor, pixels: Tensor): Tensor =>
  tf.stack(networks.map((network) => network.logits(normalised(pixels), false)))

/** Mean over the batch of −Σ log p_a · p_b; p_b is a constant. `logits` [networks, batch, classes]. */
function divergence(tf: Tf, logits: Tensor, [a, b]: readonly [Tensor, Tensor]): Tensor {
  const other = constant(tf, tf.softmax(at(tf, logits, b)))
  return tf.mean(tf.neg(tf.sum(tf.mul(tf.logSoftmax(at(tf, logits, a)), other), -1)))
}

/** One of the networks' logits. */
const at = (tf: Tf, logits: Tensor, index: Tensor): Tensor => tf.squeeze(tf.gather(logits, tf.reshape(index, [1]) as never), [0]) // gather types its indices for one rank

/** Each image's over its own norm; the least norm keeps an image without gradient where it is. */
function unit(tf: Tf, gradient: Tensor): Tensor {
  const norm = tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3], true))
  return tf.div(gradient, tf.maximum(norm, 1e-12))
}
