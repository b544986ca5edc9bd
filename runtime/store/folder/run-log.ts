/**
 * The log of a run: `runs/<id>/log.jsonl`, one event per line with its time, in order of occurrence, without progress events. Each line is
 * written before the next event, so the log of a killed run is complete up to then; a truncated line is skipped. The line of a finished
 * stage contains its whole result, so a lost index can be rebuilt from these logs.
 */
import { closeSync, fstatSync, readdirSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Json } from '../../../dsl/check/canonical.ts'
import { appendPlain, openPlainSync, readPlainSync } from '../../plain-file.ts'
import { makeFolder, shareFile } from '../../shared-folder.ts'
import type { LoggedEvent, LogLine } from '../journal.ts'
import type { StageResult } from '../results.ts'
import type { Layout } from './layout.ts'

export function runLogFile(layout: Layout, run: number): string {
  return join(layout.runs, String(run), 'log.jsonl')
}

export class RunLog {
  readonly #file: number

  /** @throws the system's error */
  constructor(layout: Layout, run: number) {
    const file = runLogFile(layout, run)
    makeFolder(dirname(file))
    this.#file = appendPlain(file)
    shareFile(this.#file, dirname(file))
  }

  /** @throws the system's error */
  write(event: LoggedEvent, time: number, more: { readonly result?: StageResult | undefined; readonly run?: Json } = {}): void {
    const line = { time: new Date(time).toISOString(), ...event, ...more }
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Numbers of the runs that may have a log. */
export function loggedRuns(layout: Layout): number[] {
  try {
    const names = readdirSync(layout.runs).filter((name) => /^[1-9]\d{0,14}$/.test(name))
    return names.map(Number).sort((a, b) => a - b)
  } catch {
    return []
  }
}

/** Empty when there is no log. */
export function readRunLog(layout: Layout, run: number): LogLine[] {
  let text: string
  try {
    text = readPlainSync(runLogFile(layout, run)).toString('utf8')
  } catch {
    return []
  }
  return linesIn(text)
}

/** Each call returns the lines appended since the previous call. */
export function followRunLog(layout: Layout, run: number): () => LogLine[] {
  let at = 0
  return () => {
    try {
      const file = openPlainSync(runLogFile(layout, run))
      try {
        const added = Buffer.alloc(Math.max(0, fstatSync(file).size - at))
        const read = added.subarray(0, readSync(file, added, 0, added.length, at))
        const whole = read.subarray(0, read.lastIndexOf('\n') + 1)
        at += whole.length
        return linesIn(whole.toString('utf8'))
      } finally {
        closeSync(file)
      }
    } catch {
      return []
    }
  }
}

const linesIn = (text: string): LogLine[] =>
  text.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as LogLine] : []
    } catch {
      return [] // truncated by a kill
    }
  })
