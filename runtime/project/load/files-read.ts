/**
 * Notes which files the user's code reads: data made from files are made again when those change. node:fs is watched, whoever calls it;
 * what native libraries open for themselves is not seen, so that a thread which loaded one cannot say.
 */
import { syncBuiltinESMExports } from 'node:module'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What opens, lists or looks at the path that is its first argument. */
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

  /** Call it before any of the user's code is loaded, which may keep the functions that it found. */
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

  /** Absolute paths seen while `act` ran; undefined when some may have gone unseen. */
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
