/**
 * Data sets, converted once into one file each under `<store>/data`, with a small record beside it that answers what a plan asks
 * (content address, counts) in milliseconds: as long as the source files' sizes and times agree, nothing large is read.
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
  /** Sizes and times, nothing read. DataProblem when there are none. */
  find(spec: DataSpec): Promise<Found>
}

/** A data set made in memory from files that it finds and reads itself. */
export interface MakingSource<Dataset> extends Finding {
  make(spec: DataSpec, files: readonly SourceFile[]): Promise<Dataset>
}

/** A data set that is written to disk as it is read, and may be larger than memory. */
export interface WritingSource extends Finding {
  /** `file` is there whole afterwards, or not at all; `tmp` is a folder on its file system. */
  write(spec: DataSpec, files: readonly SourceFile[], file: string, tmp: string): Promise<Noted>
}

export type Source<Dataset> = DataSource<Dataset> | MakingSource<Dataset> | WritingSource

interface Noted extends Written {
  /** What was lost of the files on the way. */
  readonly notes?: readonly ProblemText[]
}

/** How a data set is kept in one file. */
interface DatasetFormat<Dataset> {
  encode(dataset: Dataset): Uint8Array
  decode(bytes: Uint8Array): Dataset
  factsOf(dataset: Dataset): Omit<DataFacts, 'digest'>
}

/** What lies beside the converted file. */
interface CacheRecord extends Noted {
  readonly revision: number
  /** Hash of the source files' paths, sizes and times. */
  readonly sources: string
}

export interface DatasetCacheOptions<Dataset> {
  readonly folder: DataFolder
  readonly sources: { readonly [name: string]: Source<Dataset> }
  readonly format: DatasetFormat<Dataset>
  /** The folder of sources that come with Espalier. */
  readonly own: string
}

/** A converted file that is as its record says. */
export interface Converted extends Written {
  readonly path: string
}

export class DatasetCache<Dataset> {
  readonly #options: DatasetCacheOptions<Dataset>

  constructor(options: DatasetCacheOptions<Dataset>) {
    this.#options = options
  }

  /** Converts the data set if that was not done yet. DataProblem when its files are missing or wrong. */
  async facts(spec: DataSpec): Promise<DataFacts> {
    return (await this.converted(spec)).facts
  }

  /** The same, and where the converted file is. Its content is not read again. */
  async converted(spec: DataSpec): Promise<Converted> {
    const { files, notes } = await this.#found(spec)
    const { facts, bytes, notes: more = [] } = (await this.#record(spec, files)) ?? (await this.#convert(spec, files))
    const all = [...notes, ...more]
    return { facts: all.length === 0 ? facts : { ...facts, notes: all }, bytes, path: this.#file(spec, 'bin') }
  }

  /** The data set itself, its content checked against the address; a damaged copy is made again from the sources. */
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

  /** The record, if it still speaks of these files and of the converted file that is there. */
  async #record(spec: DataSpec, files: readonly SourceFile[]): Promise<CacheRecord | undefined> {
    const text = await readPlain(this.#file(spec, 'json')).then(String, () => undefined)
    const converted = await stat(this.#file(spec, 'bin')).catch(() => undefined)
    if (text === undefined || converted === undefined) return undefined
    let record: CacheRecord
    try {
      record = JSON.parse(text) as CacheRecord // checked against what must hold, part by part, below
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
    // The record last: it must never speak of a file that is not there.
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

  /** Only names in the registry come here, and their hash keeps options and places apart. */
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

/** A decoder's complaint, with the names of the files it was about. */
async function told<T>(data: string, files: readonly SourceFile[], decode: () => Promise<T>): Promise<T> {
  try {
    return await decode()
  } catch (cause) {
    if (cause instanceof Error && '_tag' in cause) throw cause // a problem of the runtime's, told already
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
