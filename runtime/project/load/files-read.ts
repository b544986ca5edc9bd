/**
 * Records which files the user's code reads, so that data made from files are made again when those change. All calls of node:fs are
 * recorded; files that native libraries open are not, so that after loading one the record counts as incomplete.
 */
import { syncBuiltinESMExports } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Functions that open, list or inspect the path in their first argument. */
const readers = [
  ...['access', 'exists', 'lstat', 'open', 'opendir', 'readFile', 'readdir', 'readlink', 'realpath', 'stat', 'statfs'].flatMap((name) => [
    name,
    `${name}Sync`,
  ]),
  'createReadStream',
  'openAsBlob',
] as const

type Functions = { [name: string]: unknown }

export class FilesRead {
  readonly #paths = new Set<string>()
  #unseen = false

  /** Create it before any user code is loaded, which may keep references to the original functions. */
  constructor() {
    const fs = process.getBuiltinModule('node:fs') as unknown as Functions // a namespace of functions
    for (const holder of [fs, fs.promises as Functions])
      for (const name of readers) {
        const original = holder[name]
        if (typeof original !== 'function') continue
        const note = (path: unknown) => this.#note(path)
        holder[name] = Object.assign(function (this: unknown, ...given: unknown[]): unknown {
          note(given[0])
          return Reflect.apply(original, this, given)
        }, original)
      }
    syncBuiltinESMExports()
    const { dlopen } = process
    process.dlopen = (...given) => {
      this.#unseen = true
      Reflect.apply(dlopen, process, given)
    }
  }

  /** Absolute paths that were read while `act` ran; undefined when some may be missing. */
  async during<T>(act: () => T | Promise<T>): Promise<{ readonly result: T; readonly paths: readonly string[] | undefined }> {
    this.#paths.clear()
    const result = await act()
    return { result, paths: this.#unseen ? undefined : [...this.#paths] }
  }

  #note(path: unknown): void {
    if (path instanceof URL || (typeof path === 'string' && path.startsWith('file:'))) this.#paths.add(fileURLToPath(path))
    else if (typeof path === 'string' || Buffer.isBuffer(path)) {
      const text = String(path)
      this.#paths.add(isAbsolute(text) ? text : resolve(text))
    }
  }
}
