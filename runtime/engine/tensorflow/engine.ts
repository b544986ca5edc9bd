/** The native engine: tfjs over the TensorFlow library, a training step as one call. */
import type { Engine, Numerics, Tensor, Tf } from '../../../stdlib/engine.ts'
import { correctGradients } from '../corrected-gradients.ts'
import { tensorflowVersion } from '../library.ts'
import { numericsOf } from '../numerics.ts'
import { engineProblems } from '../problems.ts'
import { vectorsOfOneDNN, withoutBfloat16 } from '../processor.ts'
import { attr } from './attributes.ts'
import { type Backend, raw, registerBackend, tf } from './backend.ts'
import { compileStep } from './compile.ts'
import { configProto } from './config.ts'
import { installGradients } from './gradients.ts'
import { installKernels } from './kernels.ts'
import { installLayers } from './layers.ts'
import { dtypes } from './metadata.ts'
import { checkPlacement } from './placement.ts'
import { type RandomStreams, randomStreams } from './random.ts'
import { installSmallConvolutions } from './small-convolutions.ts'

export interface TensorFlowOptions {
  /** Folder of the library's files, checked by `locate.ts`. */
  readonly directory: string
  /** Intra-op threads, from 1. Bits depend on it. */
  readonly threads: number
  /** Compile steps with XLA. Default false. */
  readonly xla?: boolean
  /** Name of the GPU to compute on; CUDA_VISIBLE_DEVICES must expose no other. Default: the processor. */
  readonly gpu?: string
}

interface Opened {
  readonly backend: Backend
  readonly streams: RandomStreams
  readonly threads: number
  readonly gpu: string | undefined
}
let opened: Promise<Opened> | undefined

/** Opens the engine; a process has one, with a fixed thread count. */
export async function openTensorFlow({ directory, threads, xla = false, gpu }: TensorFlowOptions): Promise<Engine> {
  opened ??= open(directory, threads, gpu).catch((cause) => {
    opened = undefined // a library that is repaired can be opened
    throw cause
  })
  const { backend, streams, threads: fixed, gpu: own } = await opened
  if (own !== gpu)
    throw engineProblems.badStep(
      `The engine of this process computes on ${own ?? 'the processor'}, not on ${gpu ?? 'the processor'}.`,
      [],
      'Use another process for another device.',
    )
  if (fixed !== threads)
    throw engineProblems.badStep(
      `The engine of this process has ${fixed} threads, not ${threads}.`,
      [],
      'Use another process for another number of threads.',
    )
  return engineOf(backend, streams, numericsOf({ engine: 'tensorflow', xla, ...(gpu === undefined ? {} : { gpu }) }, threads))
}

async function open(directory: string, threads: number, gpu: string | undefined): Promise<Opened> {
  // Read by the library when it loads. oneDNN is off by default on processors without AVX-512; convolutions need it.
  process.env.TF_ENABLE_ONEDNN_OPTS = '1'
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3'
  const config = configProto({ intra: threads, inter: 1, gpu: gpu !== undefined })
  const backend = await registerBackend(directory, config, gpu === undefined ? undefined : theGpu)
  if (backend.binding.TF_Version !== tensorflowVersion) throw engineProblems.wrongVersion(backend.binding.TF_Version, tensorflowVersion)
  const streams = randomStreams(backend)
  const vectors = gpu === undefined ? vectorsOfOneDNN() : undefined
  installLayers(backend, streams, vectors)
  correctGradients(tf)
  installGradients(backend)
  installKernels(backend, vectors)
  if (gpu === undefined) installSmallConvolutions(backend)
  if (gpu !== undefined) {
    backend.binding.c.setTf32(false)
    await checkPlacement(backend)
  }
  return { backend, streams, threads, gpu }
}

/** The only GPU that the process sees. */
const theGpu = '/job:localhost/replica:0/task:0/device:GPU:0'

function engineOf(backend: Backend, { withRandom, random }: RandomStreams, numerics: Numerics): Engine {
  return {
    tf,
    numerics,
    compile(name, inputs, body, { xla = numerics.xla, precision, inPlace = [], times } = {}) {
      const refused = precision === 'mixed' && numerics.device === 'cpu' ? withoutBfloat16() : undefined
      if (refused !== undefined) throw engineProblems.noMixed(refused)
      // XLA passes over weights once anyway. In-place updates on GPUs are untested.
      const places = xla || numerics.device === 'gpu' ? [] : inPlace
      return compileStep(backend, name, inputs, body, { xla, mixed: precision === 'mixed' }, places, times)
    },
    withRandom,
    random,
    softmaxCrossEntropy: (labels, logits) => softmaxCrossEntropy(backend, labels, logits),
    fused: {
      momentum: ({ weight, velocity }, gradient, rate, momentum) => {
        const updated = fused(backend, 'ResourceApplyMomentum', [weight, velocity], [rate, gradient, tf.scalar(momentum)])
        return updated && { weight: updated[0]!, velocity: updated[1]! }
      },
      // With powers of β at 0, the bias corrections are left to the caller, who computes them in double precision.
      adam: ({ weight, first, second, start }, gradient, { rate, epsilon }, { beta1, beta2 }) => {
        const [zero, one, two] = [0, beta1, beta2].map((number) => tf.scalar(number))
        const rest = [zero!, zero!, rate, one!, two!, epsilon, gradient]
        const updated = fused(backend, 'ResourceApplyAdam', [weight, first, second], rest, start)
        return updated && { weight: updated[0]!, first: updated[1]!, second: updated[2]! }
      },
      masked(weight, mask) {
        const product = backend.binding.trace?.scaled(backend.idOf(weight), backend.idOf(mask))
        return product && backend.createOutputTensor(product)
      },
    },
    read: async (tensor) => backend.readSync(tensor.dataId).slice(),
    assign(variable, values) {
      if (values.length !== variable.size)
        throw engineProblems.badStep(
          `${variable.name} has ${variable.size} values, not ${values.length}.`,
          [['shape', `[${variable.shape.join(', ')}]`]],
          'Give every value, row by row.',
        )
      const id = backend.binding.createEager(variable.shape, dtypes.FLOAT, values)
      backend.update(variable, { id })
    },
    memory: () => ({ tensors: tf.memory().numTensors }),
  }
}

/** The new values of `places`; undefined where they cannot be updated in place. */
function fused(backend: Backend, op: string, places: readonly Tensor[], rest: readonly Tensor[], start?: Tensor): Tensor[] | undefined {
  // Copies values to TensorFlow now: the caller may write to an array that is only referenced.
  const ids = (tensors: readonly Tensor[]) => tensors.map((tensor) => backend.idOf(tensor))
  const first = start === undefined ? undefined : backend.idOf(start)
  return backend.binding.trace?.fused(op, ids(places), ids(rest), first)?.map((metadata) => backend.createOutputTensor(metadata))
}

/** One operation computes the loss and its gradient. `labels` are constants. */
function softmaxCrossEntropy(backend: Backend, labels: Tensor, logits: Tensor): Tensor {
  const loss = (logits: Tensor, save: (tensors: Tensor[]) => void) => {
    const [losses, gradient] = raw(backend, 'SoftmaxCrossEntropyWithLogits', [logits, labels], [attr.type('T', dtypes.FLOAT)], 2)
    save([gradient!])
    return { value: losses!, gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(tf.reshape(dy, [-1, 1]), saved!) }
  }
  // tfjs types a custom gradient's inputs as unknown.
  return tf.customGrad(loss as unknown as Parameters<Tf['customGrad']>[0])(logits)
}
