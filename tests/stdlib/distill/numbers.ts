/** Numbers for losses of distillers, worked out in plain JavaScript. */
import { openEngine } from '../../../runtime/engine/open.ts'
import type { Engine, Tensor } from '../../../stdlib/engine.ts'
import { bnConv } from '../../../stdlib/index.ts'
import { initialise } from '../../../stdlib/models/structure/initialise.ts'
import { boundNetwork } from '../../../stdlib/network-registry.ts'
import type { BoundNetwork } from '../../../stdlib/training/bound-network.ts'
import type { Objective } from '../../../stdlib/training/objective.ts'

export const opened = (): Promise<Engine> => openEngine({ threads: 1 })

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
export const mean = (values: readonly number[]): number => sum(values) / values.length
export const softmax = (logits: readonly number[], temperature = 1): number[] => {
  const powers = logits.map((z) => Math.exp(z / temperature))
  return powers.map((power) => power / sum(powers))
}
export const divergence = (p: readonly number[], q: readonly number[]): number => sum(p.map((share, i) => share * Math.log(share / q[i]!)))
export const dot = (x: readonly number[], y: readonly number[]): number => sum(x.map((value, i) => value * y[i]!))
export const unit = (x: readonly number[]): number[] => x.map((value) => value / Math.sqrt(dot(x, x)))
export const number = (tensor: Tensor): number => tensor.dataSync()[0]!

/** Images that differ, of digits' size. */
export const images = ({ tf }: Engine, batch: number): Tensor =>
  tf.tensor(
    Float32Array.from({ length: batch * 784 }, (_, i) => Math.sin(i)),
    [batch, 28, 28, 1],
  )

/** The objective's loss for a network on these images, their classes 0, 1, 2, …. */
export function lossOf(
  engine: Engine,
  {
    network,
    objective,
    scalars,
    constants = new Map(),
  }: { network: BoundNetwork; objective: Objective; scalars: readonly number[]; constants?: ReadonlyMap<string, Tensor> },
  x: Tensor,
) {
  const { tf } = engine
  const indices = tf.range(0, x.shape[0]!, 1, 'int32') as Tensor
  const labels = tf.cast(tf.oneHot(indices as never, network.topology.classes), 'float32') as Tensor
  const inputs = {
    engine,
    network,
    batch: { images: x, labels, indices },
    constants,
    scalars: scalars.map((value) => tf.scalar(value) as Tensor),
  }
  return { inputs, loss: number(objective.loss(inputs).loss), labels }
}

/** A student and a teacher of two convolutions, and what both say of three images, the student in training. */
export function pairOn(engine: Engine) {
  const [student, teacher] = [boundNetwork(engine, bnConv([2, 3]).spec), boundNetwork(engine, bnConv([3, 4]).spec)]
  student.load(initialise(student.topology, 1))
  teacher.load(initialise(teacher.topology, 2))
  const x = images(engine, 3)
  const rows = (logits: Tensor) => logits.arraySync() as number[][] // of rank 2
  return { student, teacher, x, own: rows(student.logits(x, true)), given: rows(teacher.logits(x, false)) }
}

/** Cross-entropy with the classes 0, 1, 2, …. */
export const crossEntropy = (logits: readonly number[][]): number => mean(logits.map((row, i) => -Math.log(softmax(row)[i]!)))
