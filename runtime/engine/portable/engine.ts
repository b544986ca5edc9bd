/**
 * The portable engine: tfjs on WebAssembly with its missing, wrong and slow kernels replaced. It needs only this package, uses one
 * thread, and computes the same bits on every machine.
 */
import type { Engine } from '../../../stdlib/engine.ts'
import { correctGradients } from '../corrected-gradients.ts'
import { numericsOf } from '../numerics.ts'
import { engineProblems } from '../problems.ts'
import { installConvolutionGradients } from './convolution.ts'
import { softmaxCrossEntropy } from './cross-entropy.ts'
import { installDepthwiseGradients } from './depthwise.ts'
import { type Kernels, kernelsOf } from './kernels.ts'
import { installLayers } from './layers.ts'
import { installTransposedMatmul } from './matmul.ts'
import { installPoolGradients } from './pooling.ts'
import { problem } from './problem.ts'
import { type RandomStreams, randomStreams } from './random.ts'
import { installReductions } from './reduction.ts'
import { installRefusals } from './refusals.ts'
import { eagerStep } from './step.ts'
import { type LoadedBackend, loadWasmBackend } from './wasm-backend.ts'

export interface PortableOptions {
  /** Folder of `tfjs-backend-wasm-simd.wasm`. Default: beside the bundle, else the installed package's. */
  readonly wasmFolder?: string
}

interface Installed extends LoadedBackend {
  readonly kernels: Kernels
  readonly streams: RandomStreams
}

/** tfjs keeps its backends and kernels per process: they are installed once. */
let installed: Promise<Installed> | undefined

/** @throws EngineProblem `not-installed` or `damaged` when the WebAssembly file is missing or incomplete */
export async function openPortable(options: PortableOptions = {}): Promise<Engine> {
  installed ??= install(options.wasmFolder)
  try {
    return engineOf(await installed)
  } catch (cause) {
    installed = undefined
    throw cause
  }
}

async function install(folder: string | undefined): Promise<Installed> {
  const loaded = await loadWasmBackend(folder)
  const kernels = kernelsOf(loaded.tf, loaded.backend)
  const streams = randomStreams(loaded.tf)
  correctGradients(loaded.tf)
  installReductions(kernels)
  installTransposedMatmul(kernels)
  installConvolutionGradients(kernels)
  installDepthwiseGradients(kernels)
  installPoolGradients(kernels)
  installRefusals(kernels)
  installLayers(kernels, streams)
  return { ...loaded, kernels, streams }
}

function engineOf(installed: Installed): Engine {
  const { tf, kernels, streams, raiseFailure } = installed
  return {
    tf,
    numerics: numericsOf({ engine: 'portable', xla: false }, 1),
    compile: (name, inputs, body, { xla = false, precision, times } = {}) => {
      if (xla) throw engineProblems.noXla()
      if (precision !== undefined) throw engineProblems.noMixed('the portable engine')
      return eagerStep(installed, name, inputs, body, times)
    },
    withRandom: streams.withRandom,
    random: streams.random,
    softmaxCrossEntropy: (labels, logits) => softmaxCrossEntropy(kernels, labels, logits),
    async read(tensor) {
      raiseFailure()
      return tensor.data()
    },
    assign(variable, values) {
      if (values.length !== variable.size) {
        throw problem('bad-step', {
          title: `${variable.name} has ${variable.size} values, not ${values.length}`,
          facts: [
            ['variable', variable.name],
            ['shape', `[${variable.shape.join(', ')}]`],
          ],
          hint: 'Give every value, row by row.',
        })
      }
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)))
    },
    memory: () => ({ tensors: tf.memory().numTensors }),
  }
}
