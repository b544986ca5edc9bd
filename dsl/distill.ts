import { inRange, optionsOf, plain, problem, ranges, shown } from './checks.ts'
import type { DistillMethod } from './stage.ts'

/** A way to learn from a teacher. `S` is what the student must offer, `T` what the teacher must. */
export interface Distiller<in S, in T> {
  readonly kind: 'distiller'
  readonly spec: DistillMethod
  readonly [needs]: { readonly student: (network: S) => void; readonly teacher: (network: T) => void }
}
declare const needs: unique symbol

export interface KdOptions {
  /** Softens both predictions. More than 0, default 4. */
  readonly temperature?: number
  /** Weight of the teacher's term, from 0 (labels only) to 1 (teacher only). Default 0.9. */
  readonly alpha?: number
}

/** Knowledge distillation (Hinton, Vinyals & Dean, 2015): (1 − α)·CE(labels) + α·τ²·KL(teacher ‖ student), both at temperature τ. */
export const kd = (options?: KdOptions): Distiller<unknown, unknown> => {
  const { temperature = 4, alpha = 0.9 } = optionsOf('kd()', options, ['temperature', 'alpha'])
  const spec: DistillMethod = {
    kind: 'kd',
    temperature: inRange('kd()', 'temperature', temperature, ranges.positive),
    alpha: inRange('kd()', 'alpha', alpha, ranges.share),
  }
  // What a distiller needs exists in its type only.
  return Object.freeze({ kind: 'distiller', spec }) as Distiller<unknown, unknown>
}

/** What a user may give as distill()'s method, as the option of a stage. */
export const distillMethod = (method: unknown): DistillMethod => {
  plain('distill()', method)
  if (method === undefined) return kd().spec
  if (typeof method === 'object' && method !== null && 'kind' in method && method.kind === 'distiller') {
    return (method as Distiller<never, never>).spec
  }
  throw problem(
    'distill() takes a way to learn as its second argument.',
    [
      ['verb', 'distill()'],
      ['value', shown(method)],
    ],
    'For example distill(teacher, kd({ temperature: 4 })); how long and how fast to train is the third argument.',
  )
}
