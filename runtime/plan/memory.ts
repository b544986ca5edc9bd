/**
 * An estimate of the memory a stage's worker needs, from what is known before it starts. Limits how many stages run at once, and is shown
 * when the system kills a worker. Never affects results.
 */
import { totalmem } from 'node:os'
import { isTraining, type Stage } from '../../dsl/graph/stage.ts'
import { type Parameter, sizeOf, type Topology } from '../../stdlib/network.ts'
import type { DataFacts } from '../data/facts.ts'

/** Bytes of a worker with its engine when idle. Measured: 330 MB with the TensorFlow library. */
const idle = 350e6
const float = 4
/** Forward values, their gradients, and temporaries of the kernels. */
const copiesOfActivations = 3

/** @param networks the stage's networks; for a distillation the student, then the teachers @returns bytes */
export function memoryEstimate(stage: Stage, networks: readonly Topology[], data: DataFacts | undefined): number {
  if (data === undefined) return idle + networks.reduce((sum, topology) => sum + 2 * parametersOf(topology) * float, 0)
  const examples = data.trainExamples * sizeOf(data.input) * float
  const [student, ...teachers] = networks
  const batch = 'batch' in stage.options ? Number(stage.options.batch) : 256
  // Weights and gradients, the optimizer's slots, masks.
  const copies = isTraining(stage) ? 2 + (stage.options.optimizer.kind === 'sgd' ? 1 : 2) + 1 : 1
  const state = student === undefined ? 0 : parametersOf(student) * float * copies
  const taught = teachers.reduce((sum, teacher) => sum + (parametersOf(teacher) + activationsOf(teacher) * batch) * float, 0)
  const activations = student === undefined ? 0 : activationsOf(student) * batch * float * (isTraining(stage) ? copiesOfActivations : 1)
  return idle + examples + state + taught + activations
}

/** Bytes of this machine, or the container's limit. */
export function memoryOfMachine(): number {
  const constrained = process.constrainedMemory()
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem()
}

const parametersOf = ({ parameters }: Topology): number => parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0)

/** Activations per example: an output map for each kernel, assuming that sides halve when channels double. */
function activationsOf({ parameters, input: [height = 1, width = 1] }: Topology): number {
  const kernels = parameters.filter(({ role }) => role === 'kernel')
  const first = kernels.find(isConvolution)?.shape.at(-1) ?? 1
  return kernels.reduce((sum, kernel) => {
    const channels = kernel.shape.at(-1) ?? 1
    if (!isConvolution(kernel)) return sum + channels
    return sum + channels * height * width * Math.min(1, (first / channels) ** 2)
  }, 0)
}

const isConvolution = ({ shape }: Parameter): boolean => shape.length === 4
