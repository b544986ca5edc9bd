/** What a training learns from: an objective, its numbers, and what it needs of the teachers. */
import type { DistillOptions, Json } from '../../dsl/graph/stage-options.ts'
import { customObjective, type Loss } from '../../stdlib/distill/custom.ts'
import { fitnetObjective, fitnetSpec, withoutRegressor, withRegressor } from '../../stdlib/distill/fitnet.ts'
import { kdObjective } from '../../stdlib/distill/kd.ts'
import { latentBeObjective, perturbedLatentBeObjective } from '../../stdlib/distill/latent-be.ts'
import { composed, simkdObjective, simkdSpec } from '../../stdlib/distill/simkd.ts'
import { askedEachStep, computedOnce, logitsOf, type TeacherLogits } from '../../stdlib/distill/teacher-logits.ts'
import { batchEnsembleOf } from '../../stdlib/models/networks/batch-ensemble.ts'
import type { Network } from '../../stdlib/network.ts'
import { memberPair } from '../../stdlib/random/stream.ts'
import type { BoundNetwork } from '../../stdlib/training/bound-network.ts'
import { type Objective, supervised } from '../../stdlib/training/objective.ts'
import type { WorkerCache } from './cache.ts'
import { failures } from './problems.ts'

export interface Lesson {
  /** Objectives of equal identity trace alike. */
  readonly identity: Json
  readonly objective: Objective
  /** The objective's scalars at a step of the horizon. */
  scalarsAt(seed: number, position: number): readonly number[]
  /** By name, as the objective asks for them. */
  readonly constants: ReadonlyMap<string, Float32Array>
  /** What the stage gives, of the network that was trained. Default: that network. */
  result?(trained: Network): Network
}

export const fromLabels: Lesson = { identity: 'labels', objective: supervised, scalarsAt: () => [], constants: new Map() }

/** A student in the form in which it learns, and its lesson. */
export interface Arranged {
  readonly network: Network
  readonly lesson: Lesson
}

/** @param teachers one, or an ensemble */
export async function arranged(
  cache: WorkerCache,
  options: DistillOptions,
  student: Network,
  teachers: readonly Network[],
): Promise<Arranged> {
  const { method, data, seed } = options
  const [teacher] = teachers as [Network, ...Network[]]
  switch (method.kind) {
    case 'kd': {
      const { logits, constants, identity } = await answers(cache, options, teachers)
      const scalars = [method.temperature, method.alpha]
      const lesson = { identity: ['kd', identity], objective: kdObjective(logits), scalarsAt: () => scalars, constants }
      return { network: student, lesson }
    }
    case 'simkd': {
      const [of, by] = [student.topology.model, teacher.topology.model]
      const ownClassifier = method.learn === 'labels'
      const { topology } = await cache.network(simkdSpec({ student: of, teacher: by, factor: method.factor, ownClassifier }))
      if (ownClassifier) return { network: composed(topology, student, undefined, seed), lesson: fromLabels }
      const [bound] = await taught(cache, teachers)
      const lesson = { identity: ['simkd', { ...by }], objective: simkdObjective(bound!), scalarsAt: () => [], constants: new Map() }
      return { network: composed(topology, student, teacher, seed), lesson }
    }
    case 'fitnet': {
      const [bound] = await taught(cache, teachers)
      const width = bound!.widthAt(method.teacher)
      const { topology } = await cache.network(fitnetSpec({ student: student.topology.model, layer: method.student, width }))
      const identity = ['fitnet', { ...teacher.topology.model }, method.teacher]
      const objective = fitnetObjective(bound!, method.teacher)
      const lesson = { identity, objective, scalarsAt: () => [method.beta], constants: new Map(), result: withoutRegressor(student) }
      return { network: withRegressor(topology, student, seed), lesson }
    }
    case 'latentBE': {
      const members = batchEnsembleOf(student.topology.model)?.members ?? 1
      if (members !== teachers.length) throw failures.oneTeacherEach(members, teachers.length)
      const { perturbation, temperature, alpha } = method
      const scalarsAt = (seed: number, position: number) => [temperature, alpha, ...memberPair(seed, position, members)]
      if (perturbation.kind === 'none') {
        const { logits, constants, identity } = await answers(cache, options, teachers)
        const lesson = { identity: ['latentBE', identity], objective: latentBeObjective(logits), scalarsAt, constants }
        return { network: student, lesson }
      }
      const bound = await taught(cache, teachers)
      const { normalisation } = await cache.dataset(data)
      const objective = perturbedLatentBeObjective(bound, perturbation, normalisation)
      const identity = ['latentBE', { ...perturbation }, ...teachers.map(({ topology }) => ({ ...topology.model }))]
      return { network: student, lesson: { identity, objective, scalarsAt, constants: new Map() } }
    }
    case 'custom': {
      const fn = await cache.userParts.function<Loss>(method.fn)
      const { logits, constants, identity } = await answers(cache, options, teachers)
      const lesson = {
        identity: ['own', method.fn.fingerprint, identity],
        objective: customObjective(fn, logits),
        scalarsAt: () => [],
        constants,
      }
      return { network: student, lesson }
    }
  }
}

interface Answers {
  readonly logits: TeacherLogits
  readonly constants: Lesson['constants']
  /** Traces of equal identity have them from the same place. */
  readonly identity: Json
}

/** The teachers' logits: once for every example in evaluation mode, or at each step where the images are others every time. */
async function answers(cache: WorkerCache, { data, augment }: DistillOptions, teachers: readonly Network[]): Promise<Answers> {
  if (augment !== undefined) {
    const identity = ['each step', ...teachers.map(({ topology }) => ({ ...topology.model }))]
    return { logits: askedEachStep(await taught(cache, teachers)), constants: new Map(), identity }
  }
  const all = new Map<string, Float32Array>()
  for (const [i, { topology, weights }] of teachers.entries()) {
    const evaluator = await cache.evaluator(topology.model, data, 'train')
    const bound = await cache.network(topology.model)
    bound.load(weights)
    all.set(logitsOf(i), await evaluator.predict())
  }
  const { count } = await cache.examples(data, 'train')
  return {
    logits: computedOnce(teachers.length, count, teachers[0]!.topology.classes),
    constants: all,
    identity: ['once', teachers.length],
  }
}

/** The teachers with their weights, each a network of its own, for steps that ask them. */
async function taught(cache: WorkerCache, teachers: readonly Network[]): Promise<readonly BoundNetwork[]> {
  const bound: BoundNetwork[] = []
  for (const [i, { topology, weights }] of teachers.entries()) {
    const network = await cache.network(topology.model, `teacher ${i}`)
    network.load(weights)
    bound.push(network)
  }
  return bound
}
