/**
 * Checks types before a pipeline file runs, in a thread, because Node only strips them. A file without errors is recorded by the content of
 * everything that it reads, and costs nothing the next time.
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
  /** In the order of the files; empty when the types are right. */
  readonly faults: readonly Fault[]
  /** The user's files that were checked: the file and its imports. Empty for a file without types. */
  readonly files: readonly string[]
  /** The compiler, in words; empty if none was used. */
  readonly judgedBy: string
}

/** Stays alive between checks, so that a slightly changed file is checked in tens of milliseconds. */
export interface Checker {
  /** @throws CheckProblem when the tsconfig.json cannot be used or the compiler itself fails */
  check(file: string): Promise<FileCheck>
  /** Ends the thread; a pending check never resolves. */
  close(): Promise<void>
}

export interface CheckerOptions {
  /** Folder of the records of files without errors. Default: in the user's cache folder. */
  readonly records?: string
}

/** Starts nothing before a file has to be checked. */
export function openChecker({ records = defaultRecords() }: CheckerOptions = {}): Checker {
  let thread: Thread | undefined
  return {
    async check(file) {
      const path = resolve(file)
      // Plain JavaScript has no types; a missing file is reported by the loader.
      if (!/\.[cm]?ts$/.test(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return { faults: [], files: [], judgedBy: '' }
      const judge = judgeOf(path)
      const right = foundRight(records, path, judge)
      if (right !== undefined) return { faults: [], files: right, judgedBy: '' }
      const first = thread === undefined
      thread ??= new Thread()
      const asked = thread.check(path, judge)
      // Takes seconds, in which the compiler reads its libraries.
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
 * @param load loads it; called only when the types are wrong
 * @throws CheckProblem with all errors, or the LoadProblem that explains them better
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

/** Shown because an editor with another version may disagree. */
const judgedBy = ({ module, passedOver }: Judge, version: string): string =>
  module !== undefined
    ? `TypeScript ${version} of the project`
    : `TypeScript ${version}, which comes with Espalier${passedOver === undefined ? '' : `; the project's ${passedOver} cannot be asked`}`

type Checked = Extract<CheckAnswer, { answer: 'checked' }>['checked']

class Thread {
  readonly #worker = new Worker(entry(), {
    // In a clone of the library, pipelines import its sources, whose errors are not the user's.
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
