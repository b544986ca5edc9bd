/** Locates a syntax error, where Node only reports a failure: decorators, for example, are valid TypeScript but not supported by V8. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { withoutTypes } from '../fingerprint/without-types.ts'

export interface Unparsed {
  /** `file:line:column` */
  readonly place: string
  readonly decorator: boolean
}

/** The first syntax error in the files. */
export function unparsed(files: Iterable<string>): Unparsed | undefined {
  const { parse } = createRequire(import.meta.url)('acorn') as typeof import('acorn')
  for (const file of files) {
    if (!/\.m?[jt]s$/.test(file)) continue
    const text = readFileSync(file, 'utf8')
    try {
      parse(/ts$/.test(file) ? withoutTypes(text) : text, { ecmaVersion: 'latest', sourceType: 'module' })
    } catch (error) {
      const { loc, pos } = error as { readonly loc?: { readonly line: number; readonly column: number }; readonly pos?: number } // acorn's
      if (loc !== undefined) return { place: `${file}:${loc.line}:${loc.column + 1}`, decorator: text[pos ?? -1] === '@' }
    }
  }
  return undefined
}
