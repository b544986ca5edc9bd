/** Data sets in a store: facts for the planner, examples for the workers. */

import { open, readFile, rm } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { DataSpec } from '../../dsl/parts/data.ts'
import { areBytes, type ByteDataset, decodeBytes, encodeBytes, footerLimit, layoutOfBytes, splitsOfBytes } from '../../stdlib/data/bytes.ts'
import { countOf, type Dataset, decodeDataset, encodeDataset, type SplitName } from '../../stdlib/data/dataset.ts'
import { dataSources } from '../../stdlib/data/registry.ts'
import type { DecodedName, ReadName } from '../../stdlib/data/source.ts'
import type { Engine } from '../../stdlib/engine.ts'
import { sizeOf } from '../../stdlib/network.ts'
import { type Examples, StreamedExamples, upload } from '../../stdlib/training/examples.ts'
import { type Digest, digestOf } from '../store/address.ts'
import type { DataFolder } from '../store/location.ts'
import { customDataFacts, customDataId, loadCustomData } from './custom-data.ts'
import { customDataFile } from './custom-data-files.ts'
import { type Converted, DatasetCache, type Source } from './dataset-cache.ts'
import type { DataFacts } from './facts.ts'
import { fetchedData } from './fetched-data.ts'
import { dataProblems } from './problems.ts'
import { RowReader } from './row-reader.ts'
import { csvSource } from './sources/csv.ts'
import { imageFolderSource } from './sources/image-folder.ts'
import { npySource } from './sources/npy.ts'
import { hubSource, parquetSource } from './sources/parquet.ts'
import { parquetTableSource } from './sources/parquet-table.ts'
import { textSource } from './sources/text.ts'

const sources = {
  ...dataSources,
  csv: csvSource,
  imageFolder: imageFolderSource,
  npy: npySource,
  parquet: parquetSource,
  parquetTable: parquetTableSource,
  hub: hubSource,
  text: textSource,
} satisfies { readonly [N in DecodedName | ReadName]: Source<Dataset> }

/** In the source tree the folder is relative to the repository root; in the bundle it is next to this module. */
const own = join(import.meta.dirname, import.meta.url.endsWith('.ts') ? '../../dist/data' : 'data')

function cacheOf(folder: DataFolder): DatasetCache<Dataset> {
  return new DatasetCache({
    folder,
    sources,
    format: {
      encode: (dataset) => ('bytes' in dataset ? encodeBytes(dataset as ByteDataset) : encodeDataset(dataset)),
      decode: decoded,
      factsOf,
    },
    own,
  })
}

const factsOf = (dataset: Dataset): Omit<DataFacts, 'digest'> => {
  const { input, classes, target } = dataset
  return { input, classes, trainExamples: countOf(dataset, 'train'), ...(target === undefined ? {} : { predicts: target.kind }) }
}

/** Content address and counts; converts the data set on first use. @throws DataProblem */
export async function dataFacts(folder: DataFolder, spec: DataSpec): Promise<DataFacts> {
  return isCustom(spec) ? customDataFacts(folder, spec) : cacheOf(folder).facts(spec)
}

/** The whole data set in memory, with the facts of the content that was read. @throws DataProblem */
export async function loadDataset(folder: DataFolder, spec: DataSpec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
  return isCustom(spec) ? loadCustomData(folder, spec) : cacheOf(folder).load(spec)
}

/** The converted file, for transfer to other machines. Undefined for data sets that are bundled with Espalier. @throws DataProblem */
export async function convertedFile(folder: DataFolder, spec: DataSpec): Promise<string | undefined> {
  if (isCustom(spec)) return customDataFile(folder.data, customDataId(spec), 'bin')
  const source: Source<Dataset> | undefined = sources[spec.name as keyof typeof sources] // an unknown name fails in the cache
  const isPackaged = source !== undefined && 'files' in source && source.place === undefined && spec.from === undefined
  return isPackaged ? undefined : (await cacheOf(folder).converted(spec)).path
}

const isCustom = ({ name }: DataSpec): boolean => name === 'custom'

/** A data set as a worker uses it. */
export interface OpenDataset extends Pick<Dataset, 'input' | 'classes' | 'normalisation' | 'target'> {
  readonly facts: DataFacts
  readonly streamed: boolean
  examples(engine: Engine, split: SplitName): Examples
  close(): Promise<void>
}

/**
 * In memory, or streamed from disk in batches when a split would take more than `limit` bytes as 32-bit floats. Both give the same bits.
 * @param planned content address from the plan: if data with this address were transferred from another machine, they are used
 * @throws DataProblem
 */
export async function openDataset(
  folder: DataFolder,
  spec: DataSpec,
  { limit = memoryFor(), planned }: { readonly limit?: number; readonly planned?: Digest | null } = {},
): Promise<OpenDataset> {
  const fetched = planned ? await fetchedData(folder, planned) : undefined
  const converted = fetched ?? (isCustom(spec) ? undefined : await cacheOf(folder).converted(spec))
  const large = converted === undefined ? undefined : await largerThan(converted, limit)
  if (converted !== undefined && large !== undefined) {
    const { path, footer, splits } = large
    const { input, classes, normalisation } = footer
    const reader = new RowReader(spec.name, { path, size: sizeOf(input), normalisation })
    const examples = (engine: Engine, split: SplitName) => new StreamedExamples(engine, reader.split(input, splits[split]))
    return { input, classes, normalisation, facts: converted.facts, streamed: true, examples, close: () => reader.close() }
  }
  const { dataset, facts } = fetched === undefined ? await loadDataset(folder, spec) : await readFetched(fetched, spec)
  const { input, classes, normalisation, target } = dataset
  const examples = (engine: Engine, split: SplitName) => upload(engine, dataset, split)
  const form = { input, classes, normalisation, ...(target === undefined ? {} : { target }) }
  return { ...form, facts, streamed: false, examples, close: async () => {} }
}

/** A damaged file is removed, so that it is fetched again. */
async function readFetched({ path, facts }: Converted, { name }: DataSpec) {
  const content = await readFile(path)
  if (digestOf(content) === facts.digest) return { dataset: decoded(content), facts }
  await rm(path, { force: true })
  throw dataProblems.changedOnDisk(name, path)
}

const decoded = (content: Uint8Array): Dataset => (areBytes(content) ? decodeBytes(content) : decodeDataset(content))

/** Maximum size of a file that Node's readFile accepts. */
const largestRead = 2 ** 31 - 1

/** Layout and splits of a converted 8-bit data set that is too large for memory; undefined for any other. */
async function largerThan({ path, bytes }: Converted, limit: number) {
  const handle = await open(path)
  try {
    const end = Buffer.alloc(Math.min(footerLimit, bytes))
    await handle.read(end, 0, end.length, bytes - end.length)
    if (!areBytes(end)) return undefined
    const footer = layoutOfBytes(end, bytes)
    const largest = Math.max(...footer.examples) * sizeOf(footer.input) * 4
    if (largest <= limit && bytes <= largestRead) return undefined
    const words = Buffer.alloc(footer.words)
    await handle.read(words, 0, words.length, footer.pixels)
    return { path, footer, splits: splitsOfBytes(words, footer) }
  } finally {
    await handle.close()
  }
}

/** Memory limit for one split in bytes: ESPALIER_DATA_MEMORY in MB; default an eighth of the machine's memory. */
function memoryFor(env: NodeJS.ProcessEnv = process.env): number {
  const megabytes = Number(env.ESPALIER_DATA_MEMORY)
  return megabytes > 0 ? megabytes * 1e6 : totalmem() / 8
}
