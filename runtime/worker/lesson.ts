/** What a training learns from: an objective, its numbers, and what it needs of the teachers. */
import type { DistillOptions, Json, Spec } from '../../dsl/stage.ts'
import { kdObjective, logitsOf } from '../../stdlib/distill/kd.ts'
import type { Network } from '../../stdlib/network.ts'
import { type Objective, supervised } from '../../stdlib/training/objective.ts'
import { failures } from './problems.ts'
import type { Warm } from './warm.ts'

export interface Lesson {
  /** Objectives of equal identity trace alike. */
  readonly identity: Json
  readonly objective: Objective
  readonly scalars: readonly number[]
  /** By name, as the objective asks for them. */
  readonly constants: ReadonlyMap<string, Float32Array>
}

export const fromLabels: Lesson = { identity: 'labels', objective: supervised, scalars: [], constants: new Map() }

/** What a student learns from its teachers: one, or an ensemble. */
export async function fromTeachers(warm: Warm, { method, data }: DistillOptions, teachers: readonly Network[]): Promise<Lesson> {
  switch (method.kind) {
    case 'kd': {
      const { count } = await warm.examples(data, 'train')
      const { classes } = teachers[0]!.topology
      return {
        identity: ['kd', teachers.length],
        objective: kdObjective(teachers.length, count, classes),
        scalars: [method.temperature, method.alpha],
        constants: await logits(warm, data, teachers),
      }
    }
    default:
      throw failures.notThere(method.kind)
  }
}

/** Every teacher's logits for every training example, in evaluation mode: without augmentation they never change. */
async function logits(warm: Warm, data: Spec, teachers: readonly Network[]): Promise<Lesson['constants']> {
  const all = new Map<string, Float32Array>()
  for (const [i, { topology, weights }] of teachers.entries()) {
    const evaluator = await warm.evaluator(topology.model, data, 'train')
    const bound = await warm.network(topology.model)
    bound.load(weights)
    all.set(logitsOf(i), await evaluator.predict())
  }
  return all
}
