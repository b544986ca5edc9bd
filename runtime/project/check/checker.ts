/**
 * Types are checked before a pipeline file runs, in a thread, because Node only takes them away. A file found right is remembered by the
 * content of all that it reads, and costs nothing the next time.
 */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { standardError } from '../../format/output.ts'
import { CheckProblem } from '../../problem.ts'
import { ownFolders } from '../../user-code/user-code.ts'
import { type Judge, judgeOf } from './compiler.ts'
import type { Fault } from './fault.ts'
import { checkProblems } from './problems.ts'
import { defaultRecords, foundRight, rememberRight } from './record.ts'
import type { CheckAnswer, CheckRequest, CheckThreadData } from './thread.ts'
import { typeProblem } from './type-problem.ts'

interface FileCheck {
  /** In the order in which they stand in the files; none when the types are right. */
  readonly faults: readonly Fault[]
  /** The user's files that were judged: the file and what it imports. Empty where there are no types. */
  readonly files: readonly string[]
  /** The compiler, in words; empty where none was asked. */
  readonly judgedBy: string
}

/** Stays alive between checks, so that a file that changed a little is checked in tens of milliseconds. */
export interface Checker {
  /** @throws CheckProblem when the tsconfig.json cannot be used or the compiler itself fails */
  check(file: string): Promise<FileCheck>
  /** Ends the thread; a check that is not done never answers. */
  close(): Promise<void>
}

export interface CheckerOptions {
  /** Folder of what was found right. Default: in the user's cache folder. */
  readonly records?: string
}

/** Nothing is started before a file has to be checked. */
export function openChecker({ records = defaultRecords() }: CheckerOptions = {}): Checker {
  let thread: Thread | undefined
  return {
    async check(file) {
      const path = resolve(file)
      // Plain JavaScript has no types; what is not there is the loader's to tell.
      if (!/\.[cm]?ts$/.test(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return { faults: [], files: [], judgedBy: '' }
      const judge = judgeOf(path)
      const right = foundRight(records, path, judge)
      if (right !== undefined) return { faults: [], files: right, judgedBy: '' }
      const first = thread === undefined
      thread ??= new Thread()
      const asked = thread.check(path, judge)
      // Seconds, in which the compiler reads its libraries.
      const checked = await (first ? standardError.meanwhile(`Checking the types of ${basename(path)} …`, () => asked) : asked)
      if (checked.faults.length === 0) rememberRight(records, path, judge, checked)
      return { faults: checked.faults, files: checked.files, judgedBy: judgedBy(judge, checked.version) }
    },
    async close() {
      await thread?.end()
      thread = undefined
    },
  }
}

/**
 * For a command that runs the file once.
 * @param load loads it; asked only when the types are wrong
 * @throws CheckProblem with all that is wrong, or the LoadProblem that says it better
 */
export async function refuseTypeErrors(file: string, load: () => Promise<unknown>, options?: CheckerOptions): Promise<void> {
  const checker = openChecker(options)
  try {
    const { faults, judgedBy } = await checker.check(file)
    if (faults.length > 0) throw typeProblem(faults, judgedBy, await load().catch((cause: unknown) => cause))
  } finally {
    await checker.close()
  }
}

/** A disagreement with an editor is one of versions. */
const judgedBy = ({ module, passedOver }: Judge, version: string): string =>
  module !== undefined
    ? `TypeScript ${version} of the project`
    : `TypeScript ${version}, which comes with Espalier${passedOver === undefined ? '' : `; the project's ${passedOver} cannot be asked`}`

type Checked = Extract<CheckAnswer, { answer: 'checked' }>['checked']

class Thread {
  readonly #worker = new Worker(entry(), {
    // In a clone of the library pipelines import its sources; they are not for the user to fix.
    workerData: { own: ownFolders.map((folder) => fileURLToPath(folder)) } satisfies CheckThreadData,
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  readonly #waiting = new Map<
    number,
    { readonly file: string; readonly done: (checked: Checked) => void; readonly fail: (cause: unknown) => void }
  >()
  #asked = 0

  constructor() {
    this.#worker.on('message', (answer: CheckAnswer) => {
      const request = this.#waiting.get(answer.id)
      this.#waiting.delete(answer.id)
      if (answer.answer === 'checked') request?.done(answer.checked)
      else if (answer.answer === 'refused')
        request?.fail(new CheckProblem({ title: answer.title, facts: [...answer.facts], hint: answer.hint, faults: [] }))
      else request?.fail(checkProblems.failed(request.file, answer.message))
    })
    this.#worker.on('error', (cause) => this.#failAll(cause.message))
    this.#worker.on('exit', (code) => this.#failAll(`The thread that checks ended with code ${code}.`))
  }

  check(file: string, judge: Judge): Promise<Checked> {
    const id = this.#asked++
    return new Promise((done, fail) => {
      this.#waiting.set(id, { file, done, fail })
      this.#worker.postMessage({ id, file, judge } satisfies CheckRequest)
    })
  }

  async end(): Promise<void> {
    this.#waiting.clear()
    await this.#worker.terminate()
  }

  #failAll(message: string): void {
    for (const { file, fail } of this.#waiting.values()) fail(checkProblems.failed(file, message))
    this.#waiting.clear()
  }
}

/** Beside this module: bundled, or in the source tree. */
function entry(): URL {
  return import.meta.url.endsWith('.ts') ? new URL('./thread.ts', import.meta.url) : new URL('./check.js', import.meta.url)
}
