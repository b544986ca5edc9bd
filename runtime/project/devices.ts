/** Checks that this machine has what stages request. */

import type { ProblemText } from '../../dsl/check/problem.ts'
import { type Graph, isTraining } from '../../dsl/graph/stage.ts'
import type { EngineChoice } from '../engine/choice.ts'
import { choiceFor, type Devices } from '../engine/devices.ts'
import { engineProblems, inStage } from '../engine/problems.ts'
import { whyNotTrained } from '../engine/trainable.ts'
import { needsWorker } from '../kinds/kinds.ts'
import { memoryOfMachine } from '../plan/memory.ts'
import type { Plan } from '../plan/plan.ts'
import { planProblems } from '../plan/problems.ts'

/**
 * Checks, before anything expensive, that for each stage that needs a worker the requested device and memory are there, and that its engine
 * can compute as its training requests. Returns warnings.
 * @param memory available memory, in bytes
 * @throws EngineProblem, PlanProblem
 */
export function requireDevices(devices: Devices, { stages }: Plan, graph: Graph, memory = memoryOfMachine()): ProblemText[] {
  const toCompute = new Set(stages.filter(({ status, kind }) => status !== 'hit' && needsWorker(kind)).map(({ id }) => id))
  const used = new Set<EngineChoice>()
  for (const stage of graph.stages) {
    if (!toCompute.has(stage.id)) continue
    const { device, memory: wanted = 0 } = stage.resources ?? {}
    if (device === 'gpu' && devices.noGpu !== undefined) throw engineProblems.gpuAskedFor(stage, devices.noGpu)
    if (wanted > memory) throw planProblems.moreMemoryThanThereIs(stage, wanted, memory)
    const choice = choiceFor(stage, devices)
    used.add(choice)
    if (choice.problem !== undefined) throw choice.problem
    const refused = isTraining(stage) ? whyNotTrained(stage.options, choice) : undefined
    if (refused !== undefined) throw inStage(stage, refused)
  }
  return [...used].flatMap(({ warning }) => warning ?? [])
}
