/** One analysis per file content, cached on disk. The parser is loaded only for new content. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { JsonCache } from '../json-cache.ts'
import { analyse } from './analyse.ts'
import { formVersion } from './normalise.ts'
import { fingerprintProblems } from './problems.ts'
import type { Analysis } from './unit.ts'
import { withoutTypes } from './without-types.ts'

/** Increase it when the serialised form of an analysis changes. */
const layout = 2
/** Maximum number of cached analyses; each takes a few kilobytes. */
const kept = 4096

export interface Source {
  readonly path: string
  /** The text on disk, without a byte-order mark. */
  readonly text: string
  readonly analysis: Analysis
  /** Offset of a position; line and column start at 0. */
  readonly offset: (line: number, column: number) => number
  /** `12:5`; line and column start at 1. */
  readonly position: (offset: number) => { readonly line: number; readonly column: number }
}

/** @param parsed called for every file that was not in the cache */
export function sources(cache: string, show: (path: string) => string, parsed?: (path: string) => void): (path: string) => Source {
  const known = new Map<string, Source>()
  const analyses = new JsonCache<Analysis>(cache, kept)
  return (path) => {
    const found = known.get(path)
    if (found) return found
    if (/\.c[jt]s$/.test(path)) throw fingerprintProblems.commonJs(show(path))
    const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
    const typed = /\.m?ts$/.test(path)
    const source = { path, text, analysis: analysisOf(text, typed), ...lines(text) }
    known.set(path, source)
    return source

    function analysisOf(text: string, typed: boolean): Analysis {
      const key = createHash('sha256')
        .update(`espalier/analysis/${layout}.${formVersion}\n${typed ? process.versions.amaro : 'js'}\n`)
        .update(text)
        .digest('hex')
      const earlier = analyses.get(key)
      if (earlier) return earlier
      parsed?.(path)
      const analysis = parse(text, typed, path, show)
      analyses.set(key, analysis)
      return analysis
    }
  }
}

function parse(text: string, typed: boolean, path: string, show: (path: string) => string): Analysis {
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn')
  try {
    const code = typed ? withoutTypes(text) : text
    return analyse(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }), code)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { loc } = error as { loc?: { line: number; column: number } } // acorn adds the position
    throw fingerprintProblems.syntax(
      loc ? `${show(path)}:${loc.line}:${loc.column + 1}` : show(path),
      error.message.replace(/\s*\(\d+:\d+\)$/, ''),
    )
  }
}

function lines(text: string): Pick<Source, 'offset' | 'position'> {
  let starts: number[] | undefined
  const all = (): number[] => (starts ??= [0, ...Array.from(text.matchAll(/\r\n|[\n\r\u2028\u2029]/g), (end) => end.index + end[0].length)])
  return {
    offset: (line, column) => (all()[line] ?? text.length) + column,
    position: (offset) => {
      const line = all().findLastIndex((start) => start <= offset)
      return { line: line + 1, column: offset - all()[line]! + 1 }
    },
  }
}
