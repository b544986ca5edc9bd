/**
 * Loads files as a pipeline's are loaded, by Node alone in a thread of their own, and answers with the fingerprints of what they export.
 * Vitest rewrites the modules it imports, so the functions under test can never be its own.
 */
import { writeFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parentPort } from 'node:worker_threads'
import { type Callable, type Change, FingerprintProblem, fingerprinter, type Part } from '../../../runtime/fingerprint/fingerprint.ts'
import { rememberNatives } from '../../../runtime/fingerprint/natives.ts'

export interface Request {
  readonly id: number
  /** The project's folder. */
  readonly root: string
  /** Path of the file whose exports are asked for. */
  readonly entry: string
  readonly cache: string
  readonly mayReadFiles?: boolean
  /** Written after the project is loaded and before the first fingerprint. */
  readonly rewrite?: { readonly path: string; readonly text: string }
  /** Exports that are called after the fingerprints are made; then those that mean something else are told. */
  readonly call?: readonly string[]
}

export interface Answer {
  readonly id: number
  /** By export name. */
  readonly results: { readonly [name: string]: Result }
  readonly parsed: readonly string[]
  /** The parser has been loaded into this thread. */
  readonly parser: boolean
  /** The file itself could not be loaded. */
  readonly failure?: string
}

export type Result =
  | { readonly hash: string; readonly parts: readonly Part[]; readonly changed?: Pick<Change, 'name' | 'before' | 'after'> }
  | { readonly kind: string; readonly title: string; readonly facts: readonly (readonly [string, string])[]; readonly hint: string }

rememberNatives()
const loaded = new Map<string, string>()
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:') && !url.includes('/node_modules/') && /\.[cm]?[jt]s(\?|$)/.test(url))
      loaded.set(url, fileURLToPath(url.replace(/[?#].*$/, '')))
    return next(url, context)
  },
})

export async function answer({ id, root, entry, cache, mayReadFiles = false, rewrite, call = [] }: Request): Promise<Answer> {
  const parsed: string[] = []
  try {
    const exports = (await import(pathToFileURL(entry).href)) as { readonly [name: string]: unknown }
    if (rewrite) writeFileSync(rewrite.path, rewrite.text)
    const prefix = pathToFileURL(root).href
    const files = new Map([...loaded].filter(([url]) => url.startsWith(prefix)))
    const fingerprint = fingerprinter({ files, cache, root, parsed: (path) => parsed.push(path) })
    const results: { [name: string]: Result } = {}
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value !== 'function') continue
      try {
        results[name] = fingerprint.of(value as Callable, { mayReadFiles })
      } catch (error) {
        if (!(error instanceof FingerprintProblem)) throw error
        const { kind, title, facts, hint } = error
        results[name] = { kind, title, facts, hint }
      }
    }
    for (const name of call) (exports[name] as (x: number) => unknown)(1)
    if (call.length > 0)
      for (const [name, result] of Object.entries(results)) {
        const changed = 'hash' in result ? fingerprint.changed(exports[name] as Callable, { mayReadFiles }) : undefined
        if (changed && 'hash' in result) results[name] = { ...result, changed: { ...changed } }
      }
    return { id, results, parsed, parser: hasParser() }
  } catch (error) {
    return { id, results: {}, parsed, parser: hasParser(), failure: String((error as Error).stack ?? error) }
  } finally {
    // What a project has done to JavaScript itself would be seen by the next one.
    const world = globalThis as { undo?: () => void }
    world.undo?.()
    delete world.undo
  }
}

function hasParser(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('/acorn/'))
}

parentPort?.on('message', async (request: Request) => parentPort?.postMessage(await answer(request)))
