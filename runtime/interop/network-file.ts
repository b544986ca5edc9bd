/** A network file, read and translated: its layers, its weights, and digests for keys. */
import { dirname, join } from 'node:path'
import { sha256 } from '../format/hash.ts'
import { openPlain } from '../plain-file.ts'
import type { Translated } from './import/drafts.ts'
import { limits } from './import/limits.ts'
import { ImportProblem, importProblems, inFile } from './import/problems.ts'
import { readModelJson } from './keras/model-json.ts'
import { translated as keras } from './keras/translate.ts'
import { readModelProto } from './onnx/read/model-proto.ts'
import { translated as onnx } from './onnx/read/translate.ts'

export interface NetworkFile extends Translated {
  /** SHA-256 of the content, including external files. */
  readonly content: string
  /** Absolute paths of all files read, the network file first. */
  readonly files: readonly string[]
}

/** @param file absolute path; links are followed @throws PipelineProblem if it cannot be read or translated */
export async function readNetworkFile(file: string): Promise<NetworkFile> {
  const read = new Files(file)
  try {
    const bytes = await read.bytes()
    const network = await (file.endsWith('.onnx') ? onnxNetwork : kerasNetwork)(bytes, read)
    return { ...network, ...read.read }
  } catch (cause) {
    throw inFile(file, cause)
  }
}

/** Weights may be in external files, each of which is read once. */
async function onnxNetwork(bytes: Uint8Array, files: Files): Promise<Translated> {
  const model = readModelProto(bytes)
  const beside = new Map<string, Uint8Array>()
  for (const { outside } of model.constants)
    if (outside?.location !== undefined && !beside.has(outside.location)) beside.set(outside.location, await files.beside(outside.location))
  return onnx(model, ({ name, outside }, length) => {
    const { location, offset = '0', length: said = String(length) } = outside ?? {}
    const content = location === undefined ? undefined : beside.get(location)
    const [from, size] = [Number(offset), Number(said)]
    const inside = content !== undefined && Number.isSafeInteger(from) && from >= 0 && size === length && from + size <= content.length
    if (!inside)
      throw importProblems.malformed('a constant lies outside its file', { constant: name, file: location ?? 'none', offset, length: said })
    return content.subarray(from, from + size)
  })
}

/** Each group of weights is in separate files in the same folder. */
async function kerasNetwork(bytes: Uint8Array, files: Files): Promise<Translated> {
  const model = readModelJson(bytes)
  const content: Uint8Array[] = []
  for (const { paths } of model.manifest) {
    const parts: Uint8Array[] = []
    for (const path of paths) parts.push(await files.beside(path))
    content.push(parts.length === 1 ? parts[0]! : Buffer.concat(parts))
  }
  return keras(model, content)
}

/** The files of one network, with a limit on the total size. */
class Files {
  readonly #file: string
  readonly #hashes: string[] = []
  readonly #files: string[] = []
  #left: number = limits.bytes

  constructor(file: string) {
    this.#file = file
  }

  bytes(): Promise<Uint8Array> {
    return this.#read(this.#file, (cause) => importProblems.unreadable(this.#file, cause))
  }

  /** @param name a plain file in the same folder; other paths are rejected */
  beside(name: string): Promise<Uint8Array> {
    const plain = /^[^/\\\0]{1,255}$/.test(name) && name !== '.' && name !== '..'
    if (!plain) throw importProblems.besideIt(name, 'it is not the plain name of a file in the same folder')
    return this.#read(join(dirname(this.#file), name), (cause) => importProblems.besideIt(name, cause.message))
  }

  get read(): { readonly content: string; readonly files: readonly string[] } {
    const content = this.#hashes.length === 1 ? this.#hashes[0]! : sha256(Buffer.from(this.#hashes.join('\n')))
    return { content, files: this.#files }
  }

  async #read(path: string, problem: (cause: Error) => Error): Promise<Uint8Array> {
    const bytes = await this.#bounded(path).catch((cause: Error) => {
      throw cause instanceof ImportProblem ? cause : problem(cause)
    })
    this.#files.push(path)
    this.#hashes.push(sha256(bytes))
    return bytes
  }

  async #bounded(path: string): Promise<Uint8Array> {
    await using handle = await openPlain(path)
    const { size } = await handle.stat()
    if (size > this.#left) throw importProblems.tooLarge('its files', size, limits.bytes)
    this.#left -= size
    return await handle.readFile()
  }
}
