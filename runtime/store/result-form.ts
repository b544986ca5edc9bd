/**
 * Validation of results read from files: a row of an index, a line of a run's log. Both are untrusted input. Plain checks instead of
 * Schema, for speed: every cache hit passes through them.
 */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { type Digest, hexOf, isKey } from './address.ts'
import type { LogLine } from './journal.ts'
import type { StageResult } from './results.ts'

/** A type guard for untrusted values. */
export type Is<T> = (value: unknown) => value is T
export type JsonMap = { readonly [name: string]: Json }

export const isText: Is<string> = (value) => typeof value === 'string'
export const isKeyText: Is<string> = (value): value is string => isText(value) && isKey(value)
export const isDigest: Is<Digest> = (value): value is Digest => isText(value) && hexOf(value) !== undefined
export const isFiniteNumber: Is<number> = (value): value is number => Number.isFinite(value)
export const isWhole: Is<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0
/** Unix milliseconds within the range of Date. */
export const isMoment: Is<number> = (value): value is number => isWhole(value) && value <= 8.64e15
export const isSeconds: Is<number> = (value): value is number => isFiniteNumber(value) && value >= 0
/** Members need no check, since the value was parsed from JSON. */
export const isMap: Is<JsonMap> = (value): value is JsonMap => typeof value === 'object' && value !== null && !Array.isArray(value)

export function mapOf<T>(is: Is<T>): Is<{ readonly [name: string]: T }> {
  return (value): value is { readonly [name: string]: T } => isMap(value) && Object.values(value).every(is)
}

export function listOf<T>(is: Is<T>): Is<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(is)
}

export const isSnapshots = mapOf(isDigest)
export const isMetrics = mapOf(isFiniteNumber)
const isProperty: Is<string | number | boolean> = (value) => isText(value) || isFiniteNumber(value) || typeof value === 'boolean'
const isProperties = mapOf(isProperty)
/** Of any version: properties may differ between versions. */
export const isNumerics: Is<Numerics> = (value): value is Numerics => isProperties(value)

/** Undefined when any field is invalid. */
export function wholeResult(value: { readonly [name: string]: unknown }): StageResult | undefined {
  const { key, kind, path, manifest, artifact, snapshots, metrics, numerics, finished, seconds } = value
  if (!isKeyText(key) || !isText(kind) || !isText(path) || !isMap(manifest) || !isMoment(finished) || !isSeconds(seconds)) return undefined
  if (!isSnapshots(snapshots) || !isMetrics(metrics)) return undefined
  if ((artifact !== undefined && !isDigest(artifact)) || (numerics !== undefined && !isNumerics(numerics))) return undefined
  return { key, kind, path, manifest, artifact, snapshots, metrics, numerics, finished, seconds }
}

/** The result in a line of a run's log, if it is valid and consistent with the line's other fields. */
export function resultIn(line: LogLine): StageResult | undefined {
  const result = isMap(line.result) ? wholeResult(line.result) : undefined
  if (result === undefined) return undefined
  const { key, kind, artifact, metrics } = result
  const told = Object.entries({ key, kind, artifact: artifact ?? null })
  if (told.some(([name, value]) => line[name] !== undefined && line[name] !== value)) return undefined
  if (isMap(line.metrics) && Object.entries(line.metrics).some(([name, value]) => metrics[name] !== value)) return undefined
  return result
}
