/**
 * `espalier data fetch OWNER/NAME`: downloads the Parquet files of a data set from the Hugging Face Hub into the data folder. This file and
 * `fetch-package.ts` are the only ones that fetch data over a network, and never during a run.
 */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isRepository } from '../../stdlib/data/images.ts'
import { writeDurablyBy } from '../store/durable-file.ts'
import { hubFolder, refuseLinkedFolder, removeOthers, writeFetchList } from './hub-folder.ts'
import { dataFolder } from './places.ts'
import { dataProblems } from './problems.ts'

/** The branch with the hub's automatic Parquet conversions. */
const convertedBranch = 'refs/convert/parquet'

export interface FetchOptions {
  /** A branch, tag or commit. Default: `main`, or the hub's own conversion when `main` has no Parquet file. */
  readonly revision?: string | undefined
  readonly signal?: AbortSignal
  /** Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly hubUrl?: string | undefined
  /** For gated or private data sets. Default: HF_TOKEN. */
  readonly accessToken?: string | undefined
}

export interface FetchProgress {
  readonly file: string
  readonly bytes: number
  readonly total: number
}

export interface Fetched {
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** Files that were already complete. */
  readonly already: number
}

interface Entry {
  readonly path: string
  readonly size: number
  /** SHA-256 of the content, where the hub provides it. */
  readonly sha256: string | undefined
}

/** Complete files are not downloaded again. @throws DataProblem when the hub cannot be reached, or has no such data set */
export async function fetchFromHub(
  repository: string,
  options: FetchOptions = {},
  onProgress: (progress: FetchProgress) => void = () => {},
): Promise<Fetched> {
  if (!isRepository(repository)) throw dataProblems.noRepository(repository)
  const { hubUrl = process.env.HF_ENDPOINT || 'https://huggingface.co', accessToken = process.env.HF_TOKEN } = options
  const hub = { hubUrl, fetch: fetching(options.signal), ...(accessToken ? { accessToken } : {}) }
  const repo = { type: 'dataset', name: repository } as const
  const { listFiles, downloadFile } = await import('@huggingface/hub')
  const told = (cause: unknown) => (options.signal?.aborted === true ? cause : dataProblems.notFetched(repository, hubUrl, reasonOf(cause)))

  const list = async (revision: string): Promise<readonly Entry[]> => {
    const entries: Entry[] = []
    for await (const { type, path, size, lfs } of listFiles({ repo, recursive: true, revision, ...hub })) {
      if (type === 'file' && path.endsWith('.parquet')) entries.push({ path: harmless(repository, path), size, sha256: lfs?.oid })
    }
    return entries
  }
  const revisions = options.revision === undefined ? ['main', convertedBranch] : [options.revision]
  for (const revision of revisions) {
    const entries = await list(revision).catch((cause: unknown) => {
      throw told(cause)
    })
    if (entries.length === 0) continue
    const [folder, tmp] = [hubFolder(repository), join(dataFolder(), 'tmp')]
    await refuseLinkedFolder(repository, folder)
    let already = 0
    const files = entries.map(({ path }) => path)
    let begun = false
    for (const { path, size, sha256 } of entries) {
      const file = join(folder, path)
      if (await isWhole(file, size, sha256)) {
        already++
        continue
      }
      try {
        const blob = await downloadFile({ repo, path, revision, xet: false, ...hub })
        if (blob === null) throw new Error(`${path} is listed, and not there`)
        await writeDurablyBy(file, size, tmp, async (handle) => {
          const hash = createHash('sha256')
          let bytes = 0
          for await (const chunk of blob.stream()) {
            hash.update(chunk)
            await handle.writeFile(chunk)
            bytes += chunk.length
            onProgress({ file: path, bytes, total: size })
          }
          if (bytes !== size) throw new Error(`${path} ended after ${bytes} of ${size} bytes`)
          if (sha256 !== undefined && hash.digest('hex') !== sha256) throw new Error(`${path} arrived with another content than announced`)
          if (!begun) await writeFetchList(folder, { files, whole: false }, tmp)
          begun = true
        })
      } catch (cause) {
        throw cause instanceof Error && '_tag' in cause ? cause : told(cause)
      }
    }
    await removeOthers(folder, files)
    await writeFetchList(folder, { files, whole: true }, tmp)
    const bytes = entries.reduce((sum, { size }) => sum + size, 0)
    return { folder, files: entries.length, bytes, already }
  }
  throw dataProblems.noParquet(repository, revisions)
}

/** `fetch` that is aborted by the signal. */
const fetching =
  (signal: AbortSignal | undefined): typeof fetch =>
  (input, init) =>
    fetch(input, signal === undefined ? init : { ...init, signal })

/** Rejects listed paths that would leave the data set's folder. */
function harmless(repository: string, path: string): string {
  const inside = relative('/x', join('/x', path))
  if (inside !== path || path.split('/').includes('..'))
    throw dataProblems.notFetched(repository, 'the hub', `it lists a file at ${JSON.stringify(path)}`)
  return path
}

/** Whether the file has this size and, if given, this hash. */
export async function isWhole(file: string, size: number, sha256: string | undefined): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found?.size !== size) return false
  if (sha256 === undefined) return true
  const hash: Hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array) // no encoding: bytes
  return hash.digest('hex') === sha256
}

/** Includes the cause of "fetch failed". */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error
    ? `${cause.message}: ${cause.cause.message || String((cause.cause as { code?: unknown }).code)}`
    : cause.message
}
