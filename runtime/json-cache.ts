/** A cache of recomputable values: JSON files in one folder. When it is full, the older half is deleted. */
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { madeFolder } from './cache-folder.ts'
import { readPlainSync } from './plain-file.ts'
import { makeFolder } from './shared-folder.ts'

export class JsonCache<T> {
  readonly #folder: string
  readonly #most: number

  constructor(folder: string, most: number) {
    this.#folder = folder
    this.#most = most
  }

  /** Undefined for a missing or malformed entry. @param name 64 hex digits; all users of the folder share the namespace */
  get(name: string): T | undefined {
    try {
      return JSON.parse(readPlainSync(this.#path(name)).toString('utf8')) as T // written below
    } catch {
      return undefined
    }
  }

  /** Write errors are ignored: the value is recomputed the next time. */
  set(name: string, value: T): void {
    if (!existsSync(this.#folder) && !madeFolder(dirname(this.#folder))) return
    const temporary = `${this.#path(name)}.${process.pid}.${threadId}.tmp`
    try {
      makeFolder(this.#folder)
      this.#forgetOldest()
      writeFileSync(temporary, JSON.stringify(value))
      renameSync(temporary, this.#path(name))
    } catch {
      rmSync(temporary, { force: true })
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.json`)
  }

  #forgetOldest(): void {
    const files = readdirSync(this.#folder).filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    if (files.length < this.#most) return
    const byAge = files
      .map((name) => join(this.#folder, name))
      .map((path) => ({ path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((a, b) => a.time - b.time)
    for (const { path } of byAge.slice(0, byAge.length / 2)) rmSync(path, { force: true })
  }
}
