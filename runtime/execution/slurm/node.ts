/** Checks what a node needs to compute a stage, before the stage starts. */
import { hostname } from 'node:os'
import type { Facts, ProblemText } from '../../../dsl/check/problem.ts'
import { factsIn } from '../../../dsl/check/problem.ts'
import type { EngineSettings } from '../../engine/choice.ts'
import { findGpus, type Gpu } from '../../engine/gpu.ts'
import { tensorflowCpu, tensorflowCuda } from '../../engine/library.ts'
import { locateTensorFlow } from '../../engine/locate.ts'
import { EngineProblem } from '../../engine/problems.ts'
import type { Job } from '../protocol.ts'

export class NodeLacks extends Error implements ProblemText {
  readonly title = 'A node of Slurm lacks what stages need.'
  readonly facts: ProblemText['facts']
  readonly hint: string

  constructor(lacks: string, facts: Facts, hint: string) {
    super(lacks)
    this.facts = [['node', process.env.SLURMD_NODENAME ?? hostname()], ['lacks', lacks], ...factsIn(facts)]
    this.hint = hint
  }
}

export interface Node {
  readonly engine: EngineSettings
  /** Those that Slurm has assigned to the job; the worker gets the first. */
  readonly gpus: readonly Gpu[]
}

/** @throws NodeLacks */
export async function nodeFor({ engine }: Pick<Job, 'engine'>, env: NodeJS.ProcessEnv = process.env): Promise<Node> {
  if (engine.engine === 'portable') return { engine, gpus: [] }
  const onGpu = engine.gpu !== undefined
  try {
    await locateTensorFlow(env, onGpu ? tensorflowCuda : tensorflowCpu)
  } catch (cause) {
    if (!(cause instanceof EngineProblem)) throw cause
    throw new NodeLacks(
      cause.title,
      cause.facts,
      `${cause.hint} Where the nodes see it too: the cache folder, or the folder in ESPALIER_TENSORFLOW.`,
    )
  }
  if (!onGpu) return { engine, gpus: [] }
  const { gpus, none } = await findGpus(env)
  const [first] = gpus
  if (first !== undefined) return { engine: { ...engine, gpu: first.name }, gpus }
  const visible = env.CUDA_VISIBLE_DEVICES
  throw new NodeLacks(
    'a GPU that can be used',
    { reason: none?.why ?? 'none is usable', CUDA_VISIBLE_DEVICES: visible ?? 'not set by Slurm' },
    visible === undefined ? 'Ask Slurm for one: --gres gpu:1.' : 'Ask for nodes with other GPUs: --gres, or --sbatch=--constraint=….',
  )
}
