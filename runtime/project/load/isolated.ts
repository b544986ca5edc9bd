/** The thread that loads one pipeline file: imports it, compiles its exports, and replies with plain data. */
import { parentPort } from 'node:worker_threads'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Graph, Target } from '../../../dsl/graph/stage.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { refuseUnknownParams, setParams } from '../../../dsl/language/params.ts'
import type { MadeData } from '../../data/custom-data-files.ts'
import type { Part } from '../../fingerprint/fingerprint.ts'
import { fingerprintProblems } from '../../fingerprint/problems.ts'
import { afterOutput } from '../../format/output.ts'
import { everyTarget } from '../../format/target-name.ts'
import type { FunctionRecord } from '../../store/functions.ts'
import { dataFolder } from '../../store/location.ts'
import { atAnotherTime, type Draw, notingDraws } from '../../user-code/environment.ts'
import { FunctionRegistry } from '../../user-code/function-registry.ts'
import { nodesOwn, runnableIn, targetsCalled } from '../../user-code/targets.ts'
import { unparsed } from '../../user-code/unparsed.ts'
import { userFrames } from '../../user-code/user-code.ts'
import { type LoadedCode, UserModules } from '../../user-code/user-modules.ts'
import { madeData } from './custom-data.ts'
import { FilesRead } from './files-read.ts'
import { type ListedTarget, listed } from './listed.ts'
import { hasPlace, notStripped } from './syntax.ts'
import { withWeightFiles } from './weight-files.ts'

export interface LoadRequest {
  /** File URL. */
  readonly file: string
  readonly target: string | undefined
  /** Values of `--set`, as text. */
  readonly params: ReadonlyMap<string, string>
  /** Folders of the project and of the store. */
  readonly project: string
  readonly store: string
  /** Describes all targets, instead of compiling one for a plan. */
  readonly list: boolean
}

/** An export that is not a target. */
export interface Exported {
  readonly name: string
  readonly is: 'promise' | 'function' | 'list' | 'other'
}

export type LoadAnswer =
  | {
      readonly answer: 'loaded'
      readonly graph: Graph
      readonly files: readonly string[]
      readonly code: LoadedCode
      readonly target: string
      /** The user's functions by fingerprint, as text. */
      readonly functions: ReadonlyMap<string, FunctionRecord>
      /** The user's data that were not in the store. */
      readonly data: readonly MadeData[]
    }
  | { readonly answer: 'listed'; readonly targets: readonly ListedTarget[] }
  | { readonly answer: 'no-targets'; readonly exported: readonly Exported[] }
  | { readonly answer: 'ambiguous'; readonly targets: readonly string[] }
  | { readonly answer: 'unknown-target'; readonly targets: readonly string[] }
  /** A problem of the language. */
  | (ProblemText & { readonly answer: 'refused'; readonly stack: string })
  | { readonly answer: 'unresolved'; readonly specifier: string; readonly importer: string; readonly message: string }
  | { readonly answer: 'threw'; readonly name: string; readonly code: string | undefined; readonly message: string; readonly stack: string }
  /** It called `process.exit()`. */
  | { readonly answer: 'exited'; readonly code: number; readonly stack: string }
  /** It awaits, and nothing is left that could end the wait. */
  | { readonly answer: 'stuck' }

const filesRead = new FilesRead()
const modules = new UserModules()

// Node also calls this exit after a failure of the thread; the failure is reported separately, and possibly later.
let failing = false
process.once('uncaughtExceptionMonitor', () => {
  failing = true
})
const exit = process.exit
process.exit = (code) => {
  if (!failing) parentPort!.postMessage({ answer: 'exited', code: Number(code ?? 0), stack: new Error().stack ?? '' } satisfies LoadAnswer)
  return exit(code)
}
process.once('beforeExit', () => parentPort!.postMessage({ answer: 'stuck' } satisfies LoadAnswer))

// Preloads what pipeline files import, before the file is known; in the source tree they import the build.
if (!import.meta.url.endsWith('.ts')) void import(new URL('./index.js', import.meta.url).href)

parentPort!.once('message', async (request: LoadRequest) => {
  const answer = await load(request)
  // Output of the file is flushed before the reply, which ends the thread.
  const bytes = answer.answer === 'loaded' ? answer.data.map((made) => made.bytes.buffer) : []
  afterOutput(() => parentPort!.postMessage(answer, bytes))
})

async function load({ file, params, ...asked }: LoadRequest): Promise<LoadAnswer> {
  setParams(params)
  try {
    const { result: exported, draws } = await notingDraws(() => modules.import(file))
    refuseUnknownParams()
    return await chosen(exported, { ...asked, file, params, draws })
  } catch (cause) {
    return failed(cause)
  }
}

/** The requested target; else the default export, or the only one. */
async function chosen(
  exported: { readonly [name: string]: unknown },
  { target, project, store, list, draws, ...again }: LoadRequest & { readonly draws: readonly Draw[] },
): Promise<LoadAnswer> {
  const targets = runnableIn(exported)
  const names = [...targets.keys()]
  if (names.length === 0)
    return { answer: 'no-targets', exported: ownNames(exported).map((name) => ({ name, is: whatIs(exported[name]) })) }
  if (list) return { answer: 'listed', targets: listed(targets) }
  const name = target ?? (targets.has('default') ? 'default' : names.length === 1 ? names[0]! : undefined)
  if (name === undefined) return { answer: 'ambiguous', targets: names }
  const called = targetsCalled(name, exported)
  if (Object.keys(called).length === 0) return { answer: 'unknown-target', targets: names }
  const registry = new FunctionRegistry({ files: modules.files, project, store })
  // Functions cannot leave the thread: the worker imports the file again and finds them by their fingerprints.
  const { functions: parts, ...compiled } = compile(called, { fingerprint: (own, role) => registry.of(own, role) })
  const wanted = name === everyTarget ? { ...compiled, targets: compiled.targets.map(labelled) } : compiled
  if (draws.length > 0 && parts.size > 0) await refuseDrawn(name, registry, draws, { ...again, project, store })
  const { graph, files: weights } = await withWeightFiles(wanted)
  const { records } = registry
  const data = await madeData(graph, {
    parts,
    records,
    filesRead,
    folder: dataFolder(store).data,
    changed: (own) => registry.changed(own, 'data'),
  })
  const { code } = modules
  return {
    answer: 'loaded',
    graph,
    files: [...new Set([...modules.files.values(), ...weights])],
    code,
    target: name,
    functions: registry.records,
    data,
  }
}

/** Labels arms of several targets with their target's name. */
const labelled = ({ name, arms }: Target): Target => ({
  name,
  arms: arms.map(({ labels, ...arm }) => ({ ...arm, labels: [{ axis: 'target', value: name }, ...labels] })),
})

/** Random numbers drawn while loading are an error only if a function captured one: loaded again, it has another meaning. */
async function refuseDrawn(
  name: string,
  before: FunctionRegistry,
  draws: readonly Draw[],
  { file, params, project, store }: Pick<LoadRequest, 'file' | 'params' | 'project' | 'store'>,
): Promise<void> {
  setParams(params)
  const files = new Set(modules.files.keys())
  const exported = await atAnotherTime(() => modules.import(file, true))
  const copies = new Map([...modules.files].filter(([url]) => !files.has(url)))
  const after = new FunctionRegistry({ files: copies, project, store })
  compile(targetsCalled(name, exported), { fingerprint: (own, role) => after.of(own, role) })
  const was = [...before.records].find(([hash]) => !after.records.has(hash))?.[1]
  const is = [...after.records].find(([hash]) => !before.records.has(hash))?.[1]
  if (was !== undefined) throw fingerprintProblems.drawn(was.name, otherUse(was.parts, is?.parts ?? []), draws)
}

/** The first captured value that differs between two analyses of one function, with its name. */
function otherUse(was: readonly Part[], is: readonly Part[]): string | undefined {
  for (const [i, { code, uses }] of was.entries())
    if (is[i]?.code === code)
      for (const [k, use] of uses.entries()) {
        const other = is[i]!.uses[k]
        if ('value' in use && other !== undefined && 'value' in other && use.value !== other.value) return `${use.name}: ${use.value}`
      }
  return undefined
}

function whatIs(value: unknown): Exported['is'] {
  if (value instanceof Promise) return 'promise'
  if (typeof value === 'function') return 'function'
  return Array.isArray(value) ? 'list' : 'other'
}

/** Without the names that Node adds to a CommonJS module, as which it treats a file without exports. */
const ownNames = (exported: { readonly [name: string]: unknown }): string[] =>
  Object.keys(exported).filter((name) => !(nodesOwn in exported) || (name !== nodesOwn && name !== 'default'))

/** For any thrown value: an object may not convert to text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'a value that cannot be shown'
  }
}

function failed(cause: unknown): LoadAnswer {
  // An import that the file itself tried and caught is not a failure.
  const { unresolved } = modules
  if (unresolved !== undefined && unresolved.cause === cause) {
    const { specifier, importer } = unresolved
    return { answer: 'unresolved', specifier, importer, message: (cause as Error).message }
  }
  if (!(cause instanceof Error)) return { answer: 'threw', name: typeof cause, code: undefined, message: textOf(cause), stack: '' }
  const stack = textOf(cause.stack ?? '')
  // Matched by shape, since the file may have its own copy of the library.
  if (/^(Pipeline|Fingerprint)Problem$/.test(cause.name) && 'title' in cause && 'facts' in cause && 'hint' in cause) {
    const { title, facts, hint } = cause as Error & ProblemText
    return { answer: 'refused', title, facts, hint, stack }
  }
  const code = 'code' in cause ? String(cause.code) : undefined
  const threw = { answer: 'threw', name: cause.name, code, message: textOf(cause.message), stack } as const
  if (cause.name !== 'SyntaxError' || userFrames(stack).length > 0 || hasPlace(stack)) return threw
  const where = unparsed(modules.files.values())
  if (where === undefined) return threw
  return where.decorator
    ? { ...threw, code: notStripped, message: 'Decorators are not supported', stack: `${where.place}\n${stack}` }
    : { ...threw, stack: `${where.place}\n${stack}` }
}
