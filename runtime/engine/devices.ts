/**
 * What the stages of a run are computed on: where the command line and the machine say, unless a stage asks for something else. Decided
 * once, before anything is started, from the plan's stages alone.
 */
import type { Stage, StageResources } from '../../dsl/graph/stage.ts'
import { chooseEngine, type EngineAsked, type EngineChoice, type EngineSettings } from './choice.ts'
import { type EngineProblem, engineProblems } from './problems.ts'

/** `usual`: as the run says. `processor`: for stages that ask for the processor in a run on GPUs. */
export type Place = 'usual' | 'processor'

export interface Devices {
  readonly usual: EngineChoice
  /** Absent where no stage asks for it, or the usual one is the processor. */
  readonly processor?: EngineChoice
  /** Why stages that ask for a GPU cannot have one, and what to do. Absent where none asks, or they can. */
  readonly noGpu?: Pick<EngineProblem, 'title' | 'hint'>
}

type Asking = { readonly resources?: StageResources }

/** @param processor whether there is a place apart for those that ask for the processor */
export function placeOf({ resources }: Asking, processor: boolean): Place {
  return processor && resources?.device === 'cpu' ? 'processor' : 'usual'
}

export function choiceFor(stage: Asking, { usual, processor = usual }: Devices): EngineChoice {
  return placeOf(stage, true) === 'processor' ? processor : usual
}

export interface ComputingRequest {
  /** Default: the native engine on the processor, as for `processor`. */
  readonly engine?: EngineSettings | undefined
  readonly processor?: EngineSettings | undefined
  readonly resources: Pick<Resources, 'threads' | 'shares'>
}

const native: EngineSettings = { engine: 'tensorflow', xla: false }

/** The engine and the threads that a stage's worker has. */
export function computingOf(stage: Asking, { engine = native, processor = native, resources: { threads, shares } }: ComputingRequest) {
  return shares !== undefined && placeOf(stage, true) === 'processor' ? { engine: processor, threads: shares.threads } : { engine, threads }
}

/** @throws EngineProblem `unsupported` for what cannot be had together */
export async function chooseDevices(
  stages: readonly Pick<Stage, 'resources'>[],
  asked: EngineAsked,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Devices> {
  const usual = await chooseEngine(asked, env)
  const asks = (device: 'cpu' | 'gpu') => stages.some(({ resources }) => resources?.device === device)
  if (usual.settings.gpu !== undefined)
    return asks('cpu') ? { usual, processor: await chooseEngine({ ...asked, device: 'cpu' }, env) } : { usual }
  return asks('gpu') ? { usual, noGpu: await whyNoGpu(asked, env) } : { usual }
}

async function whyNoGpu({ engine, device, xla, elsewhere }: EngineAsked, env: NodeJS.ProcessEnv): Promise<NonNullable<Devices['noGpu']>> {
  const leave = (flag: string) => `Omit ${flag}, or`
  if (engine === 'portable') return { title: engineProblems.noGpuForPortable().title, hint: leave('--engine portable') }
  if (elsewhere === true && device !== 'cpu') return { title: 'The run asks for no GPUs.', hint: 'Add --device gpu, or' }
  if (device === 'cpu') return { title: '--device cpu keeps the run on the processor.', hint: leave('--device cpu') }
  const { problem } = await chooseEngine({ engine, device: 'gpu', xla }, env)
  if (problem === undefined) throw new TypeError('GPUs that were not there a moment ago are there now')
  const { kind, title, facts, hint } = problem
  if (kind !== 'unsupported') return { title, hint: `${hint} Or` }
  return { title: facts.find(([label]) => label === 'reason')?.[1] ?? title, hint: 'Run it where there is one, or' }
}

export interface Resources {
  /** Stages at once, wherever they are computed. */
  readonly slots: number
  readonly threads: number
  /** Of a run on GPUs in which stages ask for the processor. Absent: all slots are alike. */
  readonly shares?: Shares
}

export interface Shares {
  /** Stages at once on GPUs, and on the processor; together they may be more than the slots. */
  readonly gpu: number
  readonly processor: number
  /** For each of those on the processor: as many as it would have in a run without GPUs. */
  readonly threads: number
}
