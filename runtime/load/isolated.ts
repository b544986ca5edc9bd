/** The thread that loads one pipeline file: imports it, compiles what it exports, answers with plain data. */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { compile } from '../../dsl/compile.ts'
import { isPipeline, isStudy } from '../../dsl/expr.ts'
import type { Graph } from '../../dsl/stage.ts'
import type { Runnable } from '../../dsl/study.ts'

export interface LoadRequest {
  /** File URL. */
  readonly file: string
  readonly target: string | undefined
}

export type LoadAnswer =
  | { readonly answer: 'loaded'; readonly graph: Graph; readonly files: readonly string[]; readonly target: string }
  | { readonly answer: 'no-targets'; readonly exported: readonly string[] }
  | { readonly answer: 'ambiguous'; readonly targets: readonly string[] }
  | { readonly answer: 'unknown-target'; readonly targets: readonly string[] }
  | { readonly answer: 'refused'; readonly title: string; readonly facts: readonly (readonly [string, string])[]; readonly hint: string }
  | { readonly answer: 'threw'; readonly name: string; readonly code: string | undefined; readonly message: string; readonly stack: string }

/** Files of the user's that were loaded, for watching them. */
const files = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith('file:') && !url.includes('/node_modules/')) files.add(fileURLToPath(url))
    return nextLoad(url, context)
  },
})

const { file, target } = workerData as LoadRequest
parentPort!.postMessage(await load())

async function load(): Promise<LoadAnswer> {
  let exported: { readonly [name: string]: unknown }
  try {
    exported = await import(file)
  } catch (cause) {
    return failed(cause)
  }
  const targets = Object.fromEntries(
    Object.entries(exported).filter((entry): entry is [string, Runnable] => isPipeline(entry[1]) || isStudy(entry[1])),
  )
  const names = Object.keys(targets)
  if (names.length === 0) return { answer: 'no-targets', exported: Object.keys(exported) }
  const name = target ?? (names.includes('default') ? 'default' : names.length === 1 ? names[0]! : undefined)
  if (name === undefined) return { answer: 'ambiguous', targets: names }
  if (!names.includes(name)) return { answer: 'unknown-target', targets: names }
  try {
    return { answer: 'loaded', graph: compile({ [name]: targets[name]! }), files: [...files], target: name }
  } catch (cause) {
    return failed(cause)
  }
}

function failed(cause: unknown): LoadAnswer {
  if (!(cause instanceof Error)) return { answer: 'threw', name: typeof cause, code: undefined, message: String(cause), stack: '' }
  // By its shape: the file may have its own copy of the library.
  if (cause.name === 'PipelineProblem' && 'title' in cause && 'facts' in cause && 'hint' in cause) {
    const { title, facts, hint } = cause as unknown as { title: string; facts: [string, string][]; hint: string }
    return { answer: 'refused', title, facts, hint }
  }
  const code = 'code' in cause ? String(cause.code) : undefined
  return { answer: 'threw', name: cause.name, code, message: cause.message, stack: cause.stack ?? '' }
}
