/**
 * SimKD (Chen et al., 2022): the student's features, projected to the teacher's, go through the teacher's own classifier. The only loss is
 * the mean squared error between the two feature maps; the classifier is the teacher's, frozen. What comes out is the composed network:
 * encoder, projector, classifier.
 */

import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import type { LayersModel, Tensor, Tf } from '../engine.ts'
import { batchNorm } from '../models/blocks/pieces.ts'
import { initialise } from '../models/structure/initialise.ts'
import { again, copyOf, featuresOf, type SymbolicTensor } from '../models/structure/rebuild.ts'
import type { Network, Topology } from '../network.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import { fromLabels, type Objective } from '../training/objective.ts'
import type { DistillerComputation, MethodOf } from './distiller.ts'
import { boundTeachers } from './teacher-logits.ts'

export const simkdDistiller: DistillerComputation<MethodOf<'simkd'>> = {
  async prepare({ factor, learn }, { student, teachers, options }, services) {
    const [teacher] = teachers
    const [of, by] = [student.topology.model, teacher.topology.model]
    const ownClassifier = learn === 'labels'
    const { topology } = await services.network(simkdSpec({ student: of, teacher: by, factor, ownClassifier }))
    if (ownClassifier) return { ...fromLabels, network: composed(topology, student, undefined, options.seed) }
    const [bound] = await boundTeachers(teachers, services)
    return { network: composed(topology, student, teacher, options.seed), objective: simkdObjective(bound!), identity: { ...by } }
  },
  refuseUnlike: ({ factor }, tf, student, teacher) => {
    buildSimKd(tf, student, teacher, { factor })
  },
  network: (tf, options, { other }) => {
    const simkd = options as unknown as SimKd // what simkdSpec wrote
    return buildSimKd(tf, other(simkd.student), other(simkd.teacher), simkd)
  },
}

/** Options of the description `simkd`. */
interface SimKd {
  readonly student: Spec
  readonly teacher: Spec
  /** r: the projector is the teacher's channels / r wide inside. */
  readonly factor: number
  /** The classifier is not the teacher's: it is drawn and learns, as the rest. Default: the teacher's. */
  readonly ownClassifier?: boolean
}

export const simkdSpec = ({ student, teacher, factor, ownClassifier = false }: SimKd): Spec => ({
  name: 'simkd',
  options: { student: { ...student }, teacher: { ...teacher }, factor, ...(ownClassifier ? { ownClassifier } : {}) },
})

const prefix = 'teacher_'
const projected = 'projector_relu3'

/**
 * Projector on maps: 1 × 1 convolution to channels/r, 3 × 3, 1 × 1 to the teacher's channels, each without bias and followed by batch norm
 * and ReLU. On vectors (an adaptation: the paper has convolutional networks only) dense layers stand for them.
 * @throws PipelineProblem for maps that do not fit on each other, and for a map beside a vector
 */
function buildSimKd(
  tf: Tf,
  student: LayersModel,
  teacher: LayersModel,
  { factor, ownClassifier = false }: Pick<SimKd, 'factor' | 'ownClassifier'>,
): LayersModel {
  const [own, target] = [featuresOf(student), featuresOf(teacher)]
  const width = target.shape.at(-1)!
  const inner = Math.max(1, Math.round(width / factor))
  const map = target.shape.length === 4
  if (map !== (own.shape.length === 4)) throw unlike(own, target)
  const linear = (n: number, units: number, kernelSize: number) =>
    map
      ? tf.layers.conv2d({
          name: `projector${n}`,
          filters: units,
          kernelSize,
          padding: 'same',
          useBias: false,
          kernelInitializer: 'heNormal',
        })
      : tf.layers.dense({ name: `projector${n}`, units, useBias: false, kernelInitializer: 'heNormal' })
  const stack = [
    [inner, 1],
    [inner, 3],
    [width, 1],
  ].flatMap(([units, size], i) => [
    linear(i + 1, units!, size!),
    tf.layers.batchNormalization({ name: `projector_bn${i + 1}`, ...batchNorm }),
    tf.layers.activation({ name: `projector_relu${i + 1}`, activation: 'relu' }),
  ])
  const features = stack.reduce((x, layer) => layer.apply(x) as SymbolicTensor, pooledTo(tf, own, target))
  const outputs = again(teacher, new Map([[target, features]]), (layer) =>
    copyOf(layer, { name: `${prefix}${layer.name}`, trainable: ownClassifier }),
  )
  return tf.model({ inputs: student.inputs, outputs })
}

/** The larger map is averaged to the size of the smaller one: here the student's, in `features` the teacher's. */
function pooledTo(tf: Tf, own: SymbolicTensor, target: SymbolicTensor): SymbolicTensor {
  const ratio = ratioOf(own.shape, target.shape)
  if (ratio <= 1) return own
  return tf.layers.averagePooling2d({ name: 'projector_pool', poolSize: ratio, strides: ratio }).apply(own) as SymbolicTensor
}

/** Of sides; 1 for vectors. @throws PipelineProblem when neither divides the other */
function ratioOf(own: readonly (number | null)[], target: readonly (number | null)[]): number {
  if (own.length !== 4) return 1
  const ratios = [1, 2].map((axis) => own[axis]! / target[axis]!)
  const whole = ratios.every((ratio) => ratio === ratios[0] && (Number.isInteger(ratio) || Number.isInteger(1 / ratio)))
  if (!whole) throw unlike({ shape: own }, { shape: target })
  return ratios[0]!
}

/** The student's weights and masks, the teacher's classifier (drawn as well where there is no teacher), and a projector drawn from the seed. */
export function composed(topology: Topology, student: Network, teacher: Network | undefined, seed: number): Network {
  const fresh = initialise(topology, seed)
  const weights = new Map(
    topology.parameters.map(({ name }) => {
      const taught = name.startsWith(prefix) ? teacher?.weights.get(name.slice(prefix.length)) : student.weights.get(name)
      return [name, taught ?? fresh.get(name)!]
    }),
  )
  const masks = new Map([...student.masks].filter(([name]) => weights.has(name)))
  return { topology, weights, masks }
}

/** MSE over batch and features. `teacher` must hold the teacher's weights. */
export function simkdObjective(teacher: BoundNetwork): Objective {
  const { layer, shape } = teacher.features()
  return {
    scalars: [],
    constants: [],
    loss({ engine: { tf }, network, batch }) {
      const { logits, taps } = network.tapped([projected], batch.images, true)
      // In evaluation mode, and outside of what gradients are taken for.
      const target = teacher.tapped([layer], batch.images, false).taps[0]!
      const wanted = averagedTo(tf, target, taps[0]!, ratioOf([null, ...shape], taps[0]!.shape))
      return { loss: tf.mean(tf.squaredDifference(taps[0]!, wanted)), logits }
    },
  }
}

function averagedTo(tf: Tf, target: Tensor, projected: Tensor, ratio: number): Tensor {
  // tfjs types pooling for one rank.
  return target.shape.length === 4 && ratio > 1 && projected.shape.length === 4
    ? tf.avgPool(target as never, ratio, ratio, 'valid')
    : target
}

const unlike = (own: { readonly shape: readonly (number | null)[] }, target: { readonly shape: readonly (number | null)[] }) => {
  const shown = ({ shape }: typeof own) => `[${shape.slice(1).join(', ')}]`
  return new PipelineProblem({
    title: "The student's features cannot be projected to the teacher's.",
    facts: { student: shown(own), teacher: shown(target) },
    hint: 'Both need feature maps, one a whole number of times as large as the other, or both a feature vector.',
  })
}
