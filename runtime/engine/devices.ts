/**
 * Devices of a run's stages: those of the command line and the machine, unless a stage requests another. Chosen once, before anything
 * starts, from the plan's stages alone.
 */
import type { Stage, StageResources } from '../../dsl/graph/stage.ts'
import { chooseEngine, type EngineAsked, type EngineChoice, type EngineSettings } from './choice.ts'
import { type EngineProblem, engineProblems } from './problems.ts'

/** `usual`: the run's device. `processor`: for stages that request the processor in a run on GPUs. */
export type Place = 'usual' | 'processor'

export interface Devices {
  readonly usual: EngineChoice
  /** Absent when no stage requests it, or the usual device is the processor. */
  readonly processor?: EngineChoice
  /** Why stages that request a GPU cannot have one, and what to do. Absent when none requests one, or they can. */
  readonly noGpu?: Pick<EngineProblem, 'title' | 'hint'>
}

type Asking = { readonly resources?: StageResources }

/** @param processor whether the run has a separate place for stages that request the processor */
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

/** Engine and threads of a stage's worker. */
export function computingOf(stage: Asking, { engine = native, processor = native, resources: { threads, shares } }: ComputingRequest) {
  return shares !== undefined && placeOf(stage, true) === 'processor' ? { engine: processor, threads: shares.threads } : { engine, threads }
}

/** @throws EngineProblem `unsupported` for options that exclude each other */
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
  /** For a run on GPUs with stages that request the processor. Absent: all slots are alike. */
  readonly shares?: Shares
}

export interface Shares {
  /** Stages at once on GPUs, and on the processor; their sum may exceed the slots. */
  readonly gpu: number
  readonly processor: number
  /** Of each stage on the processor: as many as in a run without GPUs. */
  readonly threads: number
}
