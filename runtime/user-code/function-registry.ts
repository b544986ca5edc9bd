/** Fingerprints of user functions and arrays, which represent them in keys, and what they were computed from, for explanations. */
import { createHash } from 'node:crypto'
import type { Role, UserFunction, UserPart } from '../../dsl/check/function-reference.ts'
import type { CustomNumbersSplit, CustomSplit, CustomTokensSplit } from '../../dsl/language/custom-data.ts'
import { type Change, type Fingerprint, type Fingerprinter, fingerprinter } from '../fingerprint/fingerprint.ts'
import type { FunctionRecord } from '../store/functions.ts'
import { codeFolder } from '../store/location.ts'

export interface FunctionRegistryOptions {
  /** Paths of the user's files by URL. */
  readonly files: ReadonlyMap<string, string>
  /** The project's folder: paths in messages are relative to it. */
  readonly project: string
  /** The store's folder, which caches the analysis of each file. */
  readonly store: string
}

/** Create it after loading: fingerprints include captured values as they are then. */
export class FunctionRegistry {
  readonly records = new Map<string, FunctionRecord>()
  readonly #options: FunctionRegistryOptions
  #fingerprint: Fingerprinter | undefined

  constructor(options: FunctionRegistryOptions) {
    this.#options = options
  }

  /** 64 hex digits. @throws FingerprintProblem for a function that cannot be analysed */
  of(own: UserPart, role: Role): string {
    if (typeof own !== 'function') return this.#noted('arrays', arraysMeaning(own as CustomArrays)) // data() accepts nothing else
    const fn = own as UserFunction
    const { files, project, store } = this.#options
    // Without user functions, V8's inspector is never used.
    this.#fingerprint ??= fingerprinter({ files, root: project, cache: codeFolder(store) })
    return this.#noted(fn.name || role, this.#fingerprint.of(fn, { mayReadFiles: role === 'data' }))
  }

  /** What changed since the function was fingerprinted, if anything. @param within whether its stage is still running */
  changed(own: UserPart, role: Role, within = false): Change | undefined {
    return typeof own === 'function'
      ? this.#fingerprint?.changed(own as UserFunction, { mayReadFiles: role === 'data', within })
      : undefined
  }

  #noted(name: string, { hash, parts, version }: Pick<Fingerprint, 'hash' | 'parts'> & Partial<Fingerprint>): string {
    this.records.set(hash, { name, parts, ...(version === undefined ? {} : { version }) })
    return hash
  }
}

function arraysMeaning({ input, ...splits }: CustomArrays): Pick<Fingerprint, 'hash' | 'parts'> {
  const hash = createHash('sha256').update(`espalier/arrays/1\n${JSON.stringify(input)}\n`)
  for (const name of ['train', 'validation', 'test'] as const)
    for (const array of ['images', 'labels', 'targets', 'tokens'] as const) {
      const given = splits[name][array]
      if (given === undefined) continue
      hash.update(`${given.byteLength}\n`).update(new Uint8Array(given.buffer, given.byteOffset, given.byteLength))
    }
  return { hash: hash.digest('hex'), parts: [] }
}

/** Any arrays that `data()` accepts. */
interface CustomArrays extends Readonly<Record<'train' | 'validation' | 'test', CustomSplitArrays>> {
  readonly input?: readonly number[]
}
type CustomSplitArrays = Partial<CustomSplit & CustomNumbersSplit & CustomTokensSplit>
