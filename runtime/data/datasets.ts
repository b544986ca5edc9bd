/** Data sets in a store: facts for the planner, contents for the workers. */
import type { DataSpec } from '../../dsl/stage.ts'
import { areBytes, type ByteDataset, decodeBytes, encodeBytes } from '../../stdlib/data/bytes.ts'
import { type Dataset, decodeDataset, encodeDataset } from '../../stdlib/data/dataset.ts'
import { dataSources } from '../../stdlib/data/registry.ts'
import type { DataFacts } from '../plan/lookup.ts'
import type { Layout } from '../store/layout.ts'
import { DatasetCache, type Source } from './dataset-cache.ts'
import { loadOwnData, ownDataFacts } from './own-data.ts'
import { csvSource } from './sources/csv.ts'
import { imageFolderSource } from './sources/image-folder.ts'
import { hubSource, parquetSource } from './sources/parquet.ts'

const sources: { readonly [name: string]: Source<Dataset> } = {
  ...dataSources,
  csv: csvSource,
  imageFolder: imageFolderSource,
  parquet: parquetSource,
  hub: hubSource,
}

function cacheOf(layout: Layout): DatasetCache<Dataset> {
  return new DatasetCache({
    layout,
    sources,
    format: {
      encode: (dataset) => ('bytes' in dataset ? encodeBytes(dataset as ByteDataset) : encodeDataset(dataset)),
      decode: (content) => (areBytes(content) ? decodeBytes(content) : decodeDataset(content)),
      factsOf: ({ input, classes, splits }) => ({ input, classes, trainExamples: splits.train.labels.length }),
    },
    from: import.meta.url,
  })
}

/** Content address and counts; converts the data set the first time. @throws DataProblem */
export async function dataFacts(layout: Layout, spec: DataSpec): Promise<DataFacts> {
  return isOwn(spec) ? ownDataFacts(layout, spec) : cacheOf(layout).facts(spec)
}

/** With the facts of the content that was read. @throws DataProblem */
export async function loadWithFacts(layout: Layout, spec: DataSpec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
  return isOwn(spec) ? loadOwnData(layout, spec) : cacheOf(layout).load(spec)
}

/** @throws DataProblem */
export async function loadDataset(layout: Layout, spec: DataSpec): Promise<Dataset> {
  return (await loadWithFacts(layout, spec)).dataset
}

const isOwn = ({ name }: DataSpec): boolean => name === 'custom'
