/**
 * The memory bank of contrastive representation distillation (Tian, Krishnan & Isola, ICLR 2020): the latest student and teacher embeddings
 * of every training example, and the normalisation constants of the scores. It is part of the training state and of checkpoints, so a
 * resumed training has the same bits.
 */
import type { Engine, Tensor, Tf } from '../engine.ts'
import { sizeOf } from '../network.ts'
import { Stream } from '../random/stream.ts'
import { constant } from './constant.ts'
import { unit } from './unit.ts'

const banks = ['student bank', 'teacher bank'] as const
const normaliser = 'normaliser'

export const bankShapes = (examples: number, width: number) => [
  ...banks.map((name) => ({ name, shape: [examples, width] })),
  { name: normaliser, shape: [2] },
]

/** Initialised as in the authors' code: uniform within ±1/√(width / 3); −1 marks normalisation constants that are not set yet. */
export function firstBank(seed: number, examples: number, width: number): ReadonlyMap<string, Float32Array> {
  const limit = 1 / Math.sqrt(width / 3)
  const drawn = (index: number) => {
    const stream = new Stream(seed, 'bank', index)
    return Float32Array.from({ length: sizeOf([examples, width]) }, () => (2 * stream.uniform() - 1) * limit)
  }
  return new Map([...banks.map((name, i) => [name, drawn(i)] as const), [normaliser, Float32Array.of(-1, -1)]])
}

export interface ContrastInputs {
  /** Normalised embeddings [batch, width]; both have a gradient. */
  readonly own: Tensor
  readonly given: Tensor
  /** int32 [batch]: the examples' indices in their split, all different. */
  readonly indices: Tensor
  /** How often each example of the split was drawn as a negative for each of the batch, [batch, examples]; all rows have the same sum. */
  readonly drawn: Tensor
  /** Negatives per row. */
  readonly negatives: number
  /** Temperature of the scores. */
  readonly temperature: Tensor
  /** Momentum of the bank: the fraction of a stored embedding that is kept at an update. */
  readonly momentum: Tensor
  /** The bank before the step, by the names of `bankShapes`. */
  readonly state: ReadonlyMap<string, Tensor>
}

/** The loss, a scalar, and the bank after the step. */
export function contrast({ tf }: Pick<Engine, 'tf'>, inputs: ContrastInputs) {
  const { own, given, indices, momentum, state } = inputs
  const [ofStudent, ofTeacher] = banks.map((name) => state.get(name)!) as [Tensor, Tensor]
  const [firstZ, secondZ] = tf.unstack(state.get(normaliser)!) as [Tensor, Tensor]
  // Each side is scored against the stored embeddings of the other.
  const student = oneSide(tf, inputs, own, ofTeacher, firstZ)
  const teacher = oneSide(tf, inputs, given, ofStudent, secondZ)
  const updates = new Map([
    [banks[0], moved(tf, ofStudent, own, indices, momentum)],
    [banks[1], moved(tf, ofTeacher, given, indices, momentum)],
    [normaliser, tf.stack([student.z, teacher.z])],
  ])
  return { loss: tf.add(student.loss, teacher.loss), updates }
}

const least = 1e-7

/**
 * NCE with a uniform noise distribution (equations 17 and 18): with scores s = exp(⟨v, kept⟩ / T) / Z and c = negatives / examples,
 *   −(1 / batch) · Σ [log(s⁺ / (s⁺ + c)) + Σ over negatives log(c / (s⁻ + c))].
 * Z is the number of examples times the mean score of the first batch, and is then constant.
 */
function oneSide(tf: Tf, { indices, drawn, negatives, temperature }: ContrastInputs, vectors: Tensor, bank: Tensor, kept: Tensor) {
  const [batch, examples] = drawn.shape as [number, number]
  // For all examples at once: one matrix product, without copying rows for each negative.
  const all = tf.exp(tf.div(tf.matMul(vectors as never, bank as never, false, true), temperature)) as Tensor
  const own = tf.exp(tf.div(tf.sum(tf.mul(vectors, tf.gather(bank, indices as never)), -1), temperature)) as Tensor
  const mean = tf.div(tf.add(tf.sum(tf.mul(all, drawn)), tf.sum(own)), batch * (negatives + 1))
  const z = constant(tf, tf.where(tf.less(kept, 0), tf.mul(mean, examples), kept))
  const noise = negatives / examples
  const positive = tf.div(own, z)
  const right = tf.log(tf.div(positive, tf.add(positive, noise + least)))
  const wrong = tf.log(tf.div(noise, tf.add(tf.div(all, z), noise + least)))
  const loss = tf.neg(tf.div(tf.add(tf.sum(right), tf.sum(tf.mul(wrong, drawn))), batch))
  return { loss, z }
}

/** m · stored + (1 − m) · current, normalised to length 1, in the rows of the batch. */
function moved(tf: Tf, bank: Tensor, now: Tensor, indices: Tensor, momentum: Tensor): Tensor {
  const kept = tf.gather(bank, indices as never)
  const mixed = tf.add(tf.mul(kept, momentum), tf.mul(now, tf.sub(1, momentum)))
  return tf.tensorScatterUpdate(bank as never, tf.expandDims(indices, 1) as never, unit(tf, mixed) as never)
}
