/** The parts of distillers; `distill.ts` defines them. */
import type { Fields } from '../check/form.ts'
import type { Arch } from './arch.ts'
import type { Predicted } from './data.ts'
import type { Spec } from './spec.ts'

/** In the form of a stage: the kind with its options. */
export interface Method {
  readonly kind: string
  readonly [option: string]: unknown
}

/** The declaration of a distiller. */
export interface DistillerRecord {
  readonly options: Fields
  /** Whether the student stays the same network, so that snapshots still fit it. Default true. */
  readonly keepsNetwork?: false
  /** What it can distil other than classes of images. Default: nothing. */
  readonly predicts?: readonly Predicted[]
  /** Reports a missing requirement. Default: none. */
  readonly lacks?: (given: Pairing) => Lack | undefined
}

/** A student and its teacher; the first of several teachers. */
export interface Pairing {
  readonly method: Method
  readonly student: Described
  readonly teacher: Described
  readonly teachers: number
}

export interface Described {
  readonly arch: Arch
  readonly model: Spec
}

/** A missing layer or property of a network. */
export type Lack = { readonly model: Spec } & (
  | { readonly asked: string; readonly found: string }
  | { readonly layer: string; readonly arch: Arch }
)

export const severalTeachers = (kind: string, { teacher: { model }, teachers }: Pairing): Lack | undefined =>
  teachers === 1 ? undefined : { model, asked: `${kind}() looks into one teacher`, found: `an ensemble of ${teachers}` }

export const noLayer = ({ arch, model }: Described, layer: string): Lack | undefined =>
  Object.hasOwn(arch.layers, layer) ? undefined : { model, arch, layer }

/** The first network that is an ensemble inside. */
export const severalMembers = (asked: string, networks: readonly Described[]): Lack | undefined => {
  const found = networks.find(({ arch }) => arch.members !== 1)
  return found && { model: found.model, asked, found: `${found.arch.members} members` }
}

/** The first network that has no feature map. */
export const flat = (asked: string, networks: readonly Described[]): Lack | undefined => {
  const found = networks.find(({ arch }) => arch.features !== 'feature map')
  return found && { model: found.model, asked, found: found.arch.features }
}

/**
 * A distillation method. `S` is what it requires of the student, `T` what it requires of the teachers; `K` is the names of snapshots that
 * still fit afterwards.
 */
export interface Distiller<in S, in T, out K extends string = string> {
  readonly kind: 'distiller'
  readonly spec: Method
  readonly [needs]: { readonly student: (network: S) => void; readonly teacher: (network: T) => void; readonly keeps: K }
}
declare const needs: unique symbol

/** The requirements of a distiller exist in its type only. */
export const distiller = <S, T, K extends string = string>(spec: Method): Distiller<S, T, K> =>
  Object.freeze({ kind: 'distiller', spec }) as Distiller<S, T, K>
