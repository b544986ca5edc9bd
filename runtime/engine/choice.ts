/**
 * Chooses the engine and device of a run, once, from the command line and the installed libraries, before anything starts; workers receive
 * the choice. It never depends on a measurement or on cached results, because bits depend on it.
 */
import * as Schema from 'effect/Schema'
import type { ProblemText } from '../../dsl/check/problem.ts'
import { findGpus, type Gpu } from './gpu.ts'
import { type LibraryPackage, tensorflowCpu, tensorflowCuda } from './library.ts'
import { libraryIn, locateTensorFlow } from './locate.ts'
import { EngineProblem, engineProblems } from './problems.ts'

const engineNames = ['auto', 'tensorflow', 'portable'] as const
const deviceNames = ['auto', 'cpu', 'gpu'] as const

/** The command line's request. */
export interface EngineAsked {
  /** `auto`: the TensorFlow library when it is installed, else the portable engine. */
  readonly engine: (typeof engineNames)[number]
  /** `auto`, the default: the GPUs when there are any and the CUDA build of the library is installed, else the processor. */
  readonly device?: (typeof deviceNames)[number] | undefined
  /** Stages run on other machines, whose devices are not known here: they have GPUs when `device` says so. */
  readonly elsewhere?: boolean
  /** Compile steps with XLA. Only the TensorFlow library can. Default: on a GPU, not on the processor. */
  readonly xla?: boolean | undefined
}

/** The engine that a worker opens. */
export const EngineSettings = Schema.Struct({
  engine: Schema.Literals(['tensorflow', 'portable']),
  xla: Schema.Boolean,
  /** Name of the worker's GPU. Absent: it computes on the processor. */
  gpu: Schema.optionalKey(Schema.String),
})
export type EngineSettings = typeof EngineSettings.Type

/** Placeholder for the name of a GPU of another machine. */
const anyGpu = 'any'

export interface EngineChoice {
  readonly settings: EngineSettings
  /** One for each worker. Empty: they compute on the processor. */
  readonly gpus: readonly Gpu[]
  /** A fallback was chosen: shown when a stage is about to be computed. */
  readonly warning: ProblemText | undefined
  /** Why the chosen engine cannot compute. No error as long as every stage is in the store. */
  readonly problem: EngineProblem | undefined
}

/** @throws EngineProblem `unsupported` for options that exclude each other */
export async function chooseEngine(asked: EngineAsked, env: NodeJS.ProcessEnv = process.env): Promise<EngineChoice> {
  const { engine, device = 'auto', xla } = asked
  if (engine === 'portable') {
    if (xla === true) throw engineProblems.noXla()
    if (device === 'gpu') throw engineProblems.noGpuForPortable()
    return { settings: { engine, xla: false }, gpus: [], warning: undefined, problem: undefined }
  }
  if (asked.elsewhere === true && device === 'gpu')
    return { settings: { engine: 'tensorflow', xla: xla ?? true, gpu: anyGpu }, gpus: [], warning: undefined, problem: undefined }
  if (device === 'cpu' || asked.elsewhere === true) return onProcessor(asked, undefined, env)
  const { gpus, none } = await findGpus(env)
  const [first] = gpus
  if (first === undefined || none !== undefined) {
    if (device === 'gpu') return failed(asked, engineProblems.noGpu(none?.why ?? 'none is usable'))
    return onProcessor(asked, none === undefined || none.absent ? undefined : engineProblems.gpuBroken(none.why), env)
  }
  const problem = await whyNot(tensorflowCuda, env)
  const settings: EngineSettings = { engine: 'tensorflow', xla: xla ?? true, gpu: first.name }
  if (problem === undefined || device === 'gpu') return { settings, gpus, warning: undefined, problem }
  // A damaged CUDA build has to be repaired; a folder that was named for the processor's build is no error.
  if (problem.kind === 'damaged' && !(await namesProcessorBuild(env))) return { settings, gpus, warning: undefined, problem }
  return onProcessor(asked, engineProblems.gpuUnused(first.name), env)
}

/** @param warning shown unless there is a more serious one */
async function onProcessor({ engine, xla }: EngineAsked, warning: ProblemText | undefined, env: NodeJS.ProcessEnv): Promise<EngineChoice> {
  const problem = await whyNot(tensorflowCpu, env)
  const settings: EngineSettings = { engine: 'tensorflow', xla: xla ?? false }
  if (problem === undefined) return { settings, gpus: [], warning, problem }
  if (engine === 'tensorflow' || xla === true || !mayFallBack(problem, env)) return { settings, gpus: [], warning: undefined, problem }
  const portable: EngineSettings = { engine: 'portable', xla: false }
  return { settings: portable, gpus: [], warning: engineProblems.fellBack(problem), problem: undefined }
}

function failed({ xla }: EngineAsked, problem: EngineProblem): EngineChoice {
  return { settings: { engine: 'tensorflow', xla: xla ?? true }, gpus: [], warning: undefined, problem }
}

async function whyNot(library: LibraryPackage, env: NodeJS.ProcessEnv): Promise<EngineProblem | undefined> {
  try {
    await locateTensorFlow(env, library)
    return undefined
  } catch (cause) {
    if (cause instanceof EngineProblem) return cause
    throw cause
  }
}

async function namesProcessorBuild({ ESPALIER_TENSORFLOW: named }: NodeJS.ProcessEnv): Promise<boolean> {
  return named !== undefined && named !== '' && (await libraryIn(named, tensorflowCpu)) === 'whole'
}

/** Not for a damaged library, or a named folder that does not hold it: the user has to correct those. */
function mayFallBack({ kind }: EngineProblem, env: NodeJS.ProcessEnv): boolean {
  return kind === 'unsupported' || (kind === 'not-installed' && !env.ESPALIER_TENSORFLOW)
}
