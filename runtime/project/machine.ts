/** Engines, slots and threads of a graph's stages on this machine. */
import { availableParallelism } from 'node:os'
import type { Graph } from '../../dsl/graph/stage.ts'
import type { EngineChoice } from '../engine/choice.ts'
import { computingOf, type Devices, type Resources } from '../engine/devices.ts'
import { numericsOf } from '../engine/numerics.ts'
import { engineProblems } from '../engine/problems.ts'
import type { NumericsOf } from '../plan/plan.ts'
import { resources, sharedResources, usefulThreads, widthOf } from '../plan/width.ts'
import { largestStep } from './step-size.ts'

/** The engines of a run's stages, as `RunRequest` has them. */
export function settingsOf({ usual, processor }: Devices) {
  return { engine: usual.settings, processor: processor?.settings }
}

/** Numerics of the worker that would run a stage. */
export const numericsWith =
  (devices: Devices, each: Omit<Resources, 'slots'>): NumericsOf =>
  (stage) => {
    const { engine, threads } = computingOf(stage, { ...settingsOf(devices), resources: each })
    return numericsOf(engine, threads)
  }

interface ResourcesAsked {
  readonly slots: number | undefined
  readonly threads: number | undefined
  /** Stages run on other machines, so this one's cores do not matter. */
  readonly elsewhere?: boolean
}

/** As many stages at once as become ready: the other machines queue them. */
function resourcesElsewhere({ usual, processor }: Devices, slots = 1000, threads = 4): Resources {
  const fixed = usual.settings.engine === 'portable' ? 1 : threads
  return { slots, threads: fixed, ...(processor === undefined ? {} : { shares: { gpu: slots, processor: slots, threads } }) }
}

/** Slots and threads: as requested, else from the cores, the width of the graph and the size of its networks. @throws EngineProblem */
export async function resourcesFor(
  graph: Graph,
  devices: Devices,
  { slots, threads, elsewhere = false }: ResourcesAsked,
): Promise<Resources> {
  if (elsewhere) return resourcesElsewhere(devices, slots, threads)
  const { usual, processor } = devices
  const { length: gpus } = usual.gpus
  if (gpus > 0 && processor === undefined && slots !== undefined && slots > gpus) throw engineProblems.tooManySlots(slots, gpus)
  const cores = availableParallelism()
  const onProcessor = processor ?? (gpus === 0 ? usual : undefined)
  // One thread for each training, if there are at least as many as cores.
  const open = threads === undefined && onProcessor?.settings.engine === 'tensorflow' && widthOf(graph) < cores
  const useful = open ? usefulThreads(await largestStep(graph)) : undefined
  const askedOf = ({ settings }: EngineChoice) => {
    const fixed = settings.engine === 'portable' ? 1 : threads
    return {
      ...(slots === undefined ? {} : { slots }),
      ...(fixed === undefined ? {} : { threads: fixed }),
      ...(useful === undefined ? {} : { useful }),
    }
  }
  if (processor === undefined) return resources(graph, cores, askedOf(usual), gpus)
  return sharedResources(graph, cores, askedOf(usual), gpus, askedOf(processor))
}
