/**
 * Data sets, converted once into one file each under `<store>/data`, with a small record that answers a plan's queries (content address,
 * counts) in milliseconds: while the sizes and times of the source files are unchanged, no data are read.
 */

import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../dsl/check/canonical.ts'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { DataSpec } from '../../dsl/parts/data.ts'
import type { DataSource } from '../../stdlib/data/source.ts'
import { taggedHash } from '../format/hash.ts'
import { readPlain } from '../plain-file.ts'
import { type Digest, digestOf } from '../store/address.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { DataFolder } from '../store/location.ts'
import type { Written } from './byte-file.ts'
import type { DataFacts } from './facts.ts'
import { dataProblems } from './problems.ts'
import { findSourceFiles, readSourceFiles, type SourceFile, type Wanted } from './source-files.ts'
import type { Found } from './sources/folder.ts'

interface Finding {
  readonly revision: number
  /** Finds the source files with their sizes and times, without reading them. @throws DataProblem when there are none */
  find(spec: DataSpec): Promise<Found>
}

/** A data set decoded in memory from files that the source finds and reads itself. */
export interface MakingSource<Dataset> extends Finding {
  make(spec: DataSpec, files: readonly SourceFile[]): Promise<Dataset>
}

/** A data set that is written to disk while it is read, and may be larger than memory. */
export interface WritingSource extends Finding {
  /** Writes `file` atomically; `tmp` is a folder on the same file system. */
  write(spec: DataSpec, files: readonly SourceFile[], file: string, tmp: string): Promise<Noted>
}

export type Source<Dataset> = DataSource<Dataset> | MakingSource<Dataset> | WritingSource

interface Noted extends Written {
  /** Warnings about information lost in the conversion. */
  readonly notes?: readonly ProblemText[]
}

/** Serialisation of a data set to one file. */
interface DatasetFormat<Dataset> {
  encode(dataset: Dataset): Uint8Array
  decode(bytes: Uint8Array): Dataset
  factsOf(dataset: Dataset): Omit<DataFacts, 'digest'>
}

/** The record of a converted file. */
interface CacheRecord extends Noted {
  readonly revision: number
  /** Hash of the source files' paths, sizes and times. */
  readonly sources: string
}

export interface DatasetCacheOptions<Dataset> {
  readonly folder: DataFolder
  readonly sources: { readonly [name: string]: Source<Dataset> }
  readonly format: DatasetFormat<Dataset>
  /** The folder of the data sets bundled with Espalier. */
  readonly own: string
}

/** A converted file that matches its record. */
export interface Converted extends Written {
  readonly path: string
}

export class DatasetCache<Dataset> {
  readonly #options: DatasetCacheOptions<Dataset>

  constructor(options: DatasetCacheOptions<Dataset>) {
    this.#options = options
  }

  /** Converts the data set if necessary. @throws DataProblem when its files are missing or invalid */
  async facts(spec: DataSpec): Promise<DataFacts> {
    return (await this.converted(spec)).facts
  }

  /** As `facts`, with the path of the converted file. An existing file's content is not read. */
  async converted(spec: DataSpec): Promise<Converted> {
    const { files, notes } = await this.#found(spec)
    const { facts, bytes, notes: more = [] } = (await this.#record(spec, files)) ?? (await this.#convert(spec, files))
    const all = [...notes, ...more]
    return { facts: all.length === 0 ? facts : { ...facts, notes: all }, bytes, path: this.#file(spec, 'bin') }
  }

  /** The data set, its content verified against the address; a damaged file is converted again from the sources. */
  async load(spec: DataSpec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
    const { files } = await this.#found(spec)
    const known = await this.#record(spec, files)
    const found = known === undefined ? undefined : await this.#read(spec, known.facts.digest)
    if (known !== undefined && found !== undefined) return { dataset: found, facts: known.facts }
    const { facts } = await this.#convert(spec, files)
    const made = await this.#read(spec, facts.digest)
    if (made === undefined) throw dataProblems.changedOnDisk(spec.name, this.#file(spec, 'bin'))
    return { dataset: made, facts }
  }

  async #read(spec: DataSpec, digest: Digest): Promise<Dataset | undefined> {
    const content = await readFile(this.#file(spec, 'bin'))
    return digestOf(content) === digest ? this.#options.format.decode(content) : undefined
  }

  async #found(spec: DataSpec): Promise<Found> {
    const source = this.#source(spec)
    return 'find' in source ? source.find(spec) : { files: await findSourceFiles(wantedBy(source, spec), this.#options.own), notes: [] }
  }

  /** The record, if it matches the current source files and the existing converted file. */
  async #record(spec: DataSpec, files: readonly SourceFile[]): Promise<CacheRecord | undefined> {
    const text = await readPlain(this.#file(spec, 'json')).then(String, () => undefined)
    const converted = await stat(this.#file(spec, 'bin')).catch(() => undefined)
    if (text === undefined || converted === undefined) return undefined
    let record: CacheRecord
    try {
      record = JSON.parse(text) as CacheRecord // its fields are validated below
    } catch {
      return undefined
    }
    const current = record?.revision === this.#source(spec).revision && record.bytes === converted.size
    return current && record.sources === hashOf(files) ? record : undefined
  }

  async #convert(spec: DataSpec, files: readonly SourceFile[]): Promise<CacheRecord> {
    const { folder } = this.#options
    const source = this.#source(spec)
    const written = await this.#write(spec, source, files)
    const record: CacheRecord = { revision: source.revision, sources: hashOf(files), ...written }
    // The record is written last, so that it never refers to a missing file.
    await writeDurably(this.#file(spec, 'json'), Buffer.from(JSON.stringify(record, null, 2)), folder.tmp)
    return record
  }

  async #write(spec: DataSpec, source: Source<Dataset>, files: readonly SourceFile[]): Promise<Noted> {
    const { folder, format } = this.#options
    const file = this.#file(spec, 'bin')
    if ('write' in source) return told(spec.name, files, () => source.write(spec, files, file, folder.tmp))
    const dataset =
      'make' in source ? await told(spec.name, files, () => source.make(spec, files)) : await this.#decode(spec, source, files)
    const content = format.encode(dataset)
    await writeDurably(file, content, folder.tmp)
    return { bytes: content.byteLength, facts: { digest: digestOf(content), ...format.factsOf(dataset) } }
  }

  async #decode(spec: DataSpec, source: DataSource<Dataset>, files: readonly SourceFile[]): Promise<Dataset> {
    const contents = await readSourceFiles(wantedBy(source, spec), files)
    return told(spec.name, files, async () => source.decode(contents, spec.options))
  }

  #source(spec: DataSpec): Source<Dataset> {
    const { sources } = this.#options
    const source = Object.hasOwn(sources, spec.name) ? sources[spec.name] : undefined
    if (source === undefined) throw dataProblems.unknown(spec.name, Object.keys(sources))
    return source
  }

  /** `spec.name` is a registry name, so it is safe in a path; the hash distinguishes options and folders. */
  #file(spec: DataSpec, extension: 'bin' | 'json'): string {
    const hash = taggedHash('espalier/data/1', { ...spec }).slice(0, 16)
    return join(this.#options.folder.data, `${spec.name}-${hash}.${extension}`)
  }
}

function wantedBy<Dataset>(source: DataSource<Dataset>, { name, options, from }: DataSpec): Wanted {
  return { data: name, names: source.files(options), place: source.place, from }
}

function hashOf(files: readonly SourceFile[]): string {
  return taggedHash(
    'espalier/data/files/1',
    files.map((file): Json => ({ ...file })),
  )
}

/** Turns a decoder's error into a DataProblem that names the files. */
async function told<T>(data: string, files: readonly SourceFile[], decode: () => Promise<T>): Promise<T> {
  try {
    return await decode()
  } catch (cause) {
    if (cause instanceof Error && '_tag' in cause) throw cause // already a problem of the runtime
    const text: ProblemText = isProblem(cause)
      ? cause
      : { title: 'it cannot be read.', facts: [['reader error', String(cause)]], hint: 'Get the files it comes from again.' }
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
