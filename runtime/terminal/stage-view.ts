/** A stage as text: options, inputs, metrics, curves and files. */

import { canonical } from '../../dsl/check/canonical.ts'
import { short } from '../format/number.ts'
import { aligned } from '../format/width.ts'
import { bytes, counted, duration, moment, shortDigest } from '../format/words.ts'
import type { StageRecord } from '../views/stage-record.ts'
import { curve } from './curve.ts'

const curvesDrawn = 6
/** Most characters of an option: the layers of an imported network would fill pages. */
const longest = 500

/** @param columns width of the terminal, for the curves */
export function stageDetails(record: StageRecord, columns: number): string[] {
  const { path, key, result, inputs, curves, files, runs, pinned } = record
  const options = Object.entries(record.options).map(([name, value]) => {
    const text = typeof value === 'string' ? value : canonical(value)
    return [name, text.length > longest ? `${text.slice(0, longest)}… --json has all of it` : text]
  })
  const drawn = Object.entries(curves).slice(0, curvesDrawn)
  const left = Object.keys(curves).length - drawn.length
  return [
    path,
    ...pairs([
      ['key', key],
      ['state', stateOf(record)],
      ...(result === undefined ? [] : [['computed', computed(result)] as const]),
      ...(pinned ? [['pinned', 'yes: espalier gc keeps it'] as const] : []),
    ]),
    ...section('options', pairs(options)),
    ...section(
      'inputs',
      pairs(inputs.map(({ role, digest, from }) => [role, `${shortDigest(digest)}${from === undefined ? '' : `  from ${from}`}`])),
    ),
    ...section('metrics', pairs(Object.entries(result?.metrics ?? {}).map(([name, value]) => [name, short(value)]))),
    ...drawn.flatMap(([series, points]) =>
      section(
        `${series} by step`,
        curve(points, Math.min(columns, 100) - 2).map((line) => `  ${line}`),
      ),
    ),
    ...(left > 0 ? [`  … and ${left} more curves; --json has them all`] : []),
    ...section(
      'files',
      files.length === 0
        ? []
        : aligned(
            files.map(({ what, file, bytes: size }) => [what, size === null ? 'missing' : bytes(size), file]),
            ['left', 'right', 'left'],
          ).map((line) => `  ${line}`),
    ),
    ...section(
      'runs',
      runs.map(({ run, outcome, because }) => `  ${run}  ${outcome}${because === null ? '' : `: ${because}`}`),
    ),
  ]
}

function stateOf({ state, result, checkpoint }: StageRecord): string {
  if (state === 'finished') return `finished ${moment(result!.finished)}` // always set if finished
  if (state === 'stopped') return `not finished; continues from step ${checkpoint}`
  return state === 'failed' ? 'failed' : 'not in the store'
}

function computed({ kind, seconds, numerics }: NonNullable<StageRecord['result']>): string {
  const done = `${kind} in ${duration(seconds)}`
  if (numerics === undefined) return done
  const { engine, version, deviceName, threads } = numerics
  return `${done} · ${engine} ${version} · ${deviceName} · ${counted(threads, 'thread')}`
}

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines])

const pairs = (all: readonly (readonly [string, string] | readonly string[])[]): string[] =>
  all.length === 0 ? [] : aligned(all, ['left', 'left']).map((line) => `  ${line}`)
