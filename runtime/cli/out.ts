/** Output files of commands: `--out`. */
import { writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { plotProblems } from '../views/plot-problems.ts'

/** @throws LoadProblem */
export function writeOut(out: string, content: string | Uint8Array): void {
  try {
    writeFileSync(out, content)
  } catch (cause) {
    throw plotProblems.notWritten(out, cause instanceof Error ? cause.message : String(cause))
  }
}

/** The format that matches the file's extension. @param endingOf extension with its dot @throws LoadProblem */
export function formatOf<F extends string>(out: string, formats: readonly F[], endingOf: (format: F) => string): F {
  const format = formats.find((name) => extname(out).toLowerCase() === endingOf(name))
  if (format === undefined) throw plotProblems.noFormat(out, formats)
  return format
}
