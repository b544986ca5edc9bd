/**
 * SimKD (Chen et al., 2022): the student's features are projected to the teacher's and classified by the teacher's frozen classifier. The
 * only loss is the mean squared error between the two feature maps. The result is the composed network: encoder, projector, classifier.
 * With several teachers, each has a projector and a classifier on the shared encoder, and losses and logits are averaged. The paper also
 * uses several teachers, but its description of them and code for them were not available to us; averaging both is our choice.
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
    const [teacher, ...others] = teachers.map(({ topology }) => topology.model) as [Spec, ...Spec[]]
    const ownClassifier = learn === 'labels'
    const { topology } = await services.network(simkdSpec({ student: student.topology.model, teacher, others, factor, ownClassifier }))
    if (ownClassifier) return { ...fromLabels, network: composed(topology, student, [], options.seed) }
    return {
      network: composed(topology, student, teachers, options.seed),
      objective: simkdObjective(await boundTeachers(teachers, services)),
      identity: [teacher, ...others].map((model) => ({ ...model })),
    }
  },
  refuseUnlike: ({ factor }, tf, student, teacher) => {
    buildSimKd(tf, student, [teacher], { factor })
  },
  network: (tf, options, { other }) => {
    const simkd = options as unknown as SimKd // what simkdSpec wrote
    return buildSimKd(tf, other(simkd.student), [simkd.teacher, ...(simkd.others ?? [])].map(other), simkd)
  },
}

/** Options of the description `simkd`. */
interface SimKd {
  readonly student: Spec
  readonly teacher: Spec
  /** Further teachers. Default: none. */
  readonly others?: readonly Spec[]
  /** r: the hidden width of the projector is the teacher's channels / r. */
  readonly factor: number
  /** The classifier is initialised and trained like the rest. Default: it is the teacher's. */
  readonly ownClassifier?: boolean
}

export const simkdSpec = ({ student, teacher, others = [], factor, ownClassifier = false }: SimKd): Spec => ({
  name: 'simkd',
  options: {
    student: { ...student },
    teacher: { ...teacher },
    ...(others.length === 0 ? {} : { others: others.map((other) => ({ ...other })) }),
    factor,
    ...(ownClassifier ? { ownClassifier } : {}),
  },
})

/** The prefix of the names of a teacher's layers, with teachers counted from 0. */
const prefixOf = (teacher: number): string => (teacher === 0 ? 'teacher_' : `teacher${teacher + 1}_`)
/** The name of a layer of a teacher's projector. */
const projector = (teacher: number, layer: string): string => `${teacher === 0 ? '' : prefixOf(teacher)}projector${layer}`
const projected = (teacher: number): string => projector(teacher, '_relu3')

/** The student with a projector and a classifier for each teacher. */
function buildSimKd(
  tf: Tf,
  student: LayersModel,
  teachers: readonly LayersModel[],
  options: Pick<SimKd, 'factor' | 'ownClassifier'>,
): LayersModel {
  const logits = teachers.map((teacher, t) => classified(tf, student, teacher, t, options))
  const outputs = logits.length === 1 ? logits[0]! : (tf.layers.average({ name: 'teachers' }).apply(logits) as SymbolicTensor)
  return tf.model({ inputs: student.inputs, outputs })
}

/**
 * Projector on maps: 1 × 1 convolution to channels/r, 3 × 3, 1 × 1 to the teacher's channels, each without bias and followed by batch norm
 * and ReLU. For vectors (an adaptation: the paper has convolutional networks only) dense layers replace them.
 * @throws PipelineProblem for maps whose sizes do not divide, and for a map with a vector
 */
function classified(
  tf: Tf,
  student: LayersModel,
  teacher: LayersModel,
  number: number,
  { factor, ownClassifier = false }: Pick<SimKd, 'factor' | 'ownClassifier'>,
): SymbolicTensor {
  const [own, target] = [featuresOf(student), featuresOf(teacher)]
  const width = target.shape.at(-1)!
  const inner = Math.max(1, Math.round(width / factor))
  const map = target.shape.length === 4
  if (map !== (own.shape.length === 4)) throw unlike(own, target)
  const linear = (n: number, units: number, kernelSize: number) =>
    map
      ? tf.layers.conv2d({
          name: projector(number, `${n}`),
          filters: units,
          kernelSize,
          padding: 'same',
          useBias: false,
          kernelInitializer: 'heNormal',
        })
      : tf.layers.dense({ name: projector(number, `${n}`), units, useBias: false, kernelInitializer: 'heNormal' })
  const stack = [
    [inner, 1],
    [inner, 3],
    [width, 1],
  ].flatMap(([units, size], i) => [
    linear(i + 1, units!, size!),
    tf.layers.batchNormalization({ name: projector(number, `_bn${i + 1}`), ...batchNorm }),
    tf.layers.activation({ name: projector(number, `_relu${i + 1}`), activation: 'relu' }),
  ])
  const features = stack.reduce((x, layer) => layer.apply(x) as SymbolicTensor, pooledTo(tf, own, target, number))
  const [logits] = again(teacher, new Map([[target, features]]), (layer) =>
    copyOf(layer, { name: `${prefixOf(number)}${layer.name}`, trainable: ownClassifier }),
  )
  return logits!
}

/** The larger map is averaged to the size of the smaller one: here the student's, in `features` the teacher's. */
function pooledTo(tf: Tf, own: SymbolicTensor, target: SymbolicTensor, number: number): SymbolicTensor {
  const ratio = ratioOf(own.shape, target.shape)
  if (ratio <= 1) return own
  const name = projector(number, '_pool')
  return tf.layers.averagePooling2d({ name, poolSize: ratio, strides: ratio }).apply(own) as SymbolicTensor
}

/** The ratio of the sides; 1 for vectors. @throws PipelineProblem if neither divides the other */
function ratioOf(own: readonly (number | null)[], target: readonly (number | null)[]): number {
  if (own.length !== 4) return 1
  const ratios = [1, 2].map((axis) => own[axis]! / target[axis]!)
  const whole = ratios.every((ratio) => ratio === ratios[0] && (Number.isInteger(ratio) || Number.isInteger(1 / ratio)))
  if (!whole) throw unlike({ shape: own }, { shape: target })
  return ratios[0]!
}

/**
 * The student's weights and masks, the teachers' classifiers (initialised too if there are no teachers), and projectors initialised from
 * the seed.
 */
export function composed(topology: Topology, student: Network, teachers: readonly Network[], seed: number): Network {
  const fresh = initialise(topology, seed)
  const weights = new Map(
    topology.parameters.map(({ name }) => {
      const taught = teachers.flatMap(({ weights }, t) =>
        name.startsWith(prefixOf(t)) ? (weights.get(name.slice(prefixOf(t).length)) ?? []) : [],
      )
      return [name, taught[0] ?? student.weights.get(name) ?? fresh.get(name)!]
    }),
  )
  const masks = new Map([...student.masks].filter(([name]) => weights.has(name)))
  return { topology, weights, masks }
}

/** MSE over batch and features, averaged over several teachers. The weights of `teachers` must be loaded. */
export function simkdObjective(teachers: readonly BoundNetwork[]): Objective {
  const features = teachers.map((teacher) => teacher.features())
  return {
    scalars: [],
    constants: [],
    loss({ engine: { tf }, network, batch }) {
      const { logits, taps } = network.tapped(
        teachers.map((_, t) => projected(t)),
        batch.images,
        true,
      )
      const errors = taps.map((own, t) => {
        const { layer, shape } = features[t]!
        // In evaluation mode, and without a gradient.
        const target = teachers[t]!.tapped([layer], batch.images, false).taps[0]!
        return tf.mean(tf.squaredDifference(own, averagedTo(tf, target, own, ratioOf([null, ...shape], own.shape))))
      })
      return { loss: errors.length === 1 ? errors[0]! : tf.div(tf.addN(errors), errors.length), logits }
    },
  }
}

function averagedTo(tf: Tf, target: Tensor, projected: Tensor, ratio: number): Tensor {
  // tfjs types pooling for one rank only.
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
