/** Loads a pipeline file in its own thread: a fresh module graph that can be stopped, and that is discarded with everything it imported. */
import { statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { keepCustomData } from '../../data/custom-data.ts'
import { placeOfImport } from '../../format/code-frame.ts'
import type { TargetName } from '../../format/target-name.ts'
import type { LoadProblem } from '../../problem.ts'
import type { FunctionRecords } from '../../store/functions.ts'
import { dataFolder, defaultStoreDirectory, projectFolder, refuseForeign, refuseUnwritable } from '../../store/location.ts'
import { isUserCode, userFrames } from '../../user-code/user-code.ts'
import type { LoadedCode } from '../../user-code/user-modules.ts'
import type { LoadAnswer, LoadRequest } from './isolated.ts'
import type { ListedTarget } from './listed.ts'
import { loadProblems } from './problems.ts'
import { notStripped, placeOfSyntaxError } from './syntax.ts'
import { endThread, heapMegabytes, takeThread } from './thread.ts'

export interface LoadLimits {
  /** Default 10. */
  readonly seconds?: number
  /** The store's folder, which caches the analysis of the user's code and holds the user's data. Default: the project's. */
  readonly store?: string
}

export interface Loaded {
  readonly graph: Graph
  /** The export that was chosen. */
  readonly target: string
  /** The user's files that were loaded. */
  readonly files: readonly string[]
  /** Everything that was loaded, packages included. */
  readonly code: LoadedCode
  /** Descriptions of the user's own functions, by fingerprint. */
  readonly functions: FunctionRecords
}

/**
 * @param params values of the file's `params()`, by name, as text
 * @throws LoadProblem, and StoreProblem when the user's data cannot be stored
 */
export async function loadPipelines(name: TargetName, limits?: LoadLimits, params?: ReadonlyMap<string, string>): Promise<Loaded> {
  // `list` is false.
  const answer = (await load(name, false, limits, params)) as Extract<Answer, { answer: 'loaded' }>
  const store = limits?.store ?? defaultStoreDirectory(name.file)
  if (answer.data.length > 0) refuseUnwritable(store, 'keep the data that the file makes')
  for (const made of answer.data) await keepCustomData(dataFolder(store), made)
  return answer
}

/** All targets of a file, without a plan. @throws LoadProblem */
export async function listTargets(
  file: string,
  limits?: LoadLimits,
  params?: ReadonlyMap<string, string>,
): Promise<readonly ListedTarget[]> {
  const { targets } = (await load({ file, target: undefined }, true, limits, params)) as Extract<Answer, { answer: 'listed' }>
  return targets
}

/** The replies that are not problems. */
type Answer = Extract<LoadAnswer, { answer: 'loaded' | 'listed' }>

async function load(
  { file, target }: TargetName,
  list: boolean,
  { seconds = 10, store = defaultStoreDirectory(file) }: LoadLimits = {},
  params: ReadonlyMap<string, string> = new Map(),
): Promise<Answer> {
  const path = resolve(file)
  if (!/\.[cm]?[jt]s$/.test(path)) throw loadProblems.notAScript(path)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw loadProblems.notFound(path)
  if (sep === '/' && path.includes('\\')) throw loadProblems.backslash(path)
  const project = projectFolder(path)
  // The analysis of the user's code is written into it at once.
  refuseForeign(store)
  const answer = await ask({ file: pathToFileURL(path).href, target, params, project, store, list }, path, seconds)
  switch (answer.answer) {
    case 'loaded':
    case 'listed':
      return answer
    case 'no-targets':
      throw loadProblems.noTargets(path, answer.exported)
    case 'ambiguous':
      throw loadProblems.ambiguous(file, answer.targets)
    case 'unknown-target':
      throw loadProblems.unknownTarget(file, target ?? '', answer.targets)
    case 'refused':
      throw loadProblems.refused(answer, userFrames(answer.stack), project)
    case 'unresolved':
      throw loadProblems.unresolved(answer.specifier, answer.importer, answer.message, placeOfImport(answer.importer, answer.specifier))
    case 'exited':
      throw loadProblems.exited(path, answer.code, userFrames(answer.stack))
    case 'stuck':
      throw loadProblems.stuck(path)
    case 'threw':
      throw thrown(path, answer)
  }
}

function ask(request: LoadRequest, path: string, seconds: number): Promise<LoadAnswer> {
  return new Promise((answer, fail) => {
    const thread = takeThread()
    // Counts ticks, so that time in which this process was suspended does not count.
    let left = 10
    const timer = setInterval(() => {
      if (--left > 0) return
      void ended() // it may hang where it cannot be stopped
      fail(loadProblems.neverFinished(path, seconds))
    }, seconds * 100)
    const ended = () => {
      clearInterval(timer)
      return endThread(thread)
    }
    // Node may crash when a thread starts while another one ends (nodejs/node#56312).
    const end = (then: () => void) => void ended().then(then)
    thread.on('message', (message: LoadAnswer) => end(() => answer(message)))
    thread.on('error', (error: Error & { code?: string }) =>
      end(() =>
        fail(
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? loadProblems.outOfMemory(path, heapMegabytes)
            : thrown(path, { name: error.name, code: error.code, message: textOf(error.message), stack: error.stack ?? '' }),
        ),
      ),
    )
    thread.on('exit', (code) => end(() => fail(loadProblems.exited(path, code, []))))
    thread.postMessage(request)
  })
}

/** An error of the thread itself may have any value as its message. */
const textOf = (message: unknown): string => (typeof message === 'string' ? message : 'a value that cannot be shown')

type Thrown = Omit<Extract<LoadAnswer, { answer: 'threw' }>, 'answer'>

function thrown(path: string, { name, code, message, stack }: Thrown): LoadProblem {
  const where = name === 'SyntaxError' ? placeOfSyntaxError(stack) : undefined
  if (code === notStripped) return loadProblems.notStripped(path, message, where)
  // Without a position it is an ordinary error that code has thrown, e.g. JSON.parse().
  if (where !== undefined) return loadProblems.syntax(path, message, where)
  if (name === 'RangeError' && message === 'Maximum call stack size exceeded') return loadProblems.tooDeep(path, userFrames(stack))
  if (name === 'TypeError' && isFromLibrary(stack)) return loadProblems.wrongCall(path, userFrames(stack))
  return loadProblems.threw(path, message, userFrames(stack))
}

/** Whether the error was thrown in code of this library, where only types declare what a function accepts. */
function isFromLibrary(stack: string): boolean {
  const [, url = ''] = /(file:\/\/\S+?):\d+:\d+/.exec(stack) ?? []
  return url !== '' && !isUserCode(url) && !/\/node_modules\/(?!espalier\/)/.test(url)
}
