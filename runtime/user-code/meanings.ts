/** The user's own parts by what they mean: the fingerprints that stand for them in keys, and what those were made of, for explanations. */
import { createHash } from 'node:crypto'
import type { Role, UserFunction, UserPart } from '../../dsl/check/function-reference.ts'
import type { OwnData } from '../../dsl/language/custom.ts'
import { type Fingerprint, fingerprinter } from '../fingerprint/fingerprint.ts'
import type { FunctionRecord } from '../store/functions.ts'
import { codeFolder } from '../store/location.ts'

export interface MeaningsOptions {
  /** Paths of the user's files by URL. */
  readonly files: ReadonlyMap<string, string>
  /** The project's folder: paths in messages are relative to it. */
  readonly project: string
  /** The store's folder, which keeps what is known of each file's content. */
  readonly store: string
}

/** Made when loading is done: what functions have captured is frozen when they are asked for. */
export class Meanings {
  readonly records = new Map<string, FunctionRecord>()
  readonly #options: MeaningsOptions
  #fingerprint: ReturnType<typeof fingerprinter> | undefined

  constructor(options: MeaningsOptions) {
    this.#options = options
  }

  /** 64 hex digits. @throws FingerprintProblem for a function that cannot be followed */
  of(own: UserPart, role: Role): string {
    if (typeof own !== 'function') return this.#noted('arrays', arraysMeaning(own as OwnData)) // data() takes nothing else
    const fn = own as UserFunction
    const { files, project, store } = this.#options
    // A pipeline without functions of the user's never asks V8 about any.
    this.#fingerprint ??= fingerprinter({ files, root: project, cache: codeFolder(store) })
    return this.#noted(fn.name || role, this.#fingerprint(fn, { mayReadFiles: role === 'data' }))
  }

  #noted(name: string, { hash, parts }: Fingerprint): string {
    this.records.set(hash, { name, parts })
    return hash
  }
}

function arraysMeaning({ input, ...splits }: OwnData): Fingerprint {
  const hash = createHash('sha256').update(`espalier/arrays/1\n${JSON.stringify(input)}\n`)
  for (const name of ['train', 'validation', 'test'] as const)
    for (const { buffer, byteOffset, byteLength } of [splits[name].images, splits[name].labels])
      hash.update(`${byteLength}\n`).update(new Uint8Array(buffer, byteOffset, byteLength))
  return { hash: hash.digest('hex'), parts: [] }
}
