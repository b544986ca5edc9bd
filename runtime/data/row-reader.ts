/** Reads examples of a converted file that is larger than memory, in a worker thread. */
import { Worker } from 'node:worker_threads'
import type { ByteSplit } from '../../stdlib/data/bytes.ts'
import type { Rows } from '../../stdlib/training/examples.ts'
import { dataProblems } from './problems.ts'
import type { RowAnswer, RowRequest, RowThreadData } from './row-thread.ts'

interface Waiting {
  readonly answer: (images: Float32Array) => void
  readonly fail: (cause: unknown) => void
}

/** The reader thread of one file; it ends with the process or by `close`. */
export class RowReader {
  readonly #data: string
  readonly #path: string
  readonly #thread: Worker
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0

  /** @param data the data set's name, for errors */
  constructor(data: string, given: RowThreadData) {
    this.#data = data
    this.#path = given.path
    this.#thread = new Worker(entry(), { workerData: given })
    this.#thread.unref()
    this.#thread.on('message', (answer: RowAnswer) => this.#answered(answer))
    this.#thread.on('error', (cause: Error) => this.#failAll(cause.message))
    this.#thread.on('exit', () => this.#failAll('the reading thread has ended'))
  }

  /** One split of the file. */
  split(input: readonly number[], { rows, labels }: ByteSplit): Rows {
    return { input, labels, read: (indices) => this.#read(indices.map((index) => rows[index]!)) }
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }

  #read(rows: Int32Array): Promise<Float32Array> {
    const id = this.#asked++
    return new Promise((answer, fail) => {
      this.#waiting.set(id, { answer, fail })
      this.#thread.ref() // keeps the process alive while a request is pending
      this.#thread.postMessage({ id, rows } satisfies RowRequest)
    })
  }

  #answered(answer: RowAnswer): void {
    const waiting = this.#waiting.get(answer.id)!
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#thread.unref()
    if ('images' in answer) waiting.answer(answer.images)
    else waiting.fail(dataProblems.notRead(this.#data, this.#path, answer.problem))
  }

  #failAll(reason: string): void {
    for (const { fail } of this.#waiting.values()) fail(dataProblems.notRead(this.#data, this.#path, reason))
    this.#waiting.clear()
  }
}

/** The entry point is next to this module, in the bundle and in the source tree. */
function entry(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './row-thread.ts' : './row-thread.js', import.meta.url)
}
