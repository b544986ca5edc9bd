/**
 * Packs user code for other machines: all files loaded for a pipeline, unchanged and at the same relative paths. They are not
 * bundled into one module: bundlers rewrite code (`void 0` for `undefined`, a class expression for a declaration) and merge packages with
 * user code, which would change fingerprints.
 */
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as Option from 'effect/Option'
import * as Schema from 'effect/Schema'
import { bytes } from '../format/words.ts'
import { LoadProblem } from '../problem.ts'
import { type Digest, digestOf } from '../store/address.ts'
import { isUserCode, ownFolders } from './user-code.ts'
import type { LoadedCode } from './user-modules.ts'
import type { UserSource } from './user-source.ts'

const library = 'espalier'
/** Compressed bytes. Larger code contains data, or packages that should be installed on the workers. */
const largest = 8e6

/** A relative path that does not leave the folder. */
const Below = Schema.String.check(Schema.makeFilter((path: string) => !/^([/\\]|[A-Za-z]:|$)|(^|[/\\])\.\.([/\\]|$)|[\0\\]/.test(path)))
const Content = Schema.Struct({
  format: Schema.Literal('espalier/bundle/1'),
  files: Schema.Array(Schema.Struct({ path: Below, text: Schema.optionalKey(Schema.String), base64: Schema.optionalKey(Schema.String) })),
  /** Symbolic links to packages. */
  links: Schema.Array(Schema.Struct({ path: Below, to: Below })),
})

export interface Bundle {
  /** Of the files: the same code has the same digest on every machine. */
  readonly digest: Digest
  readonly content: Uint8Array
  /** With paths relative to the bundle. */
  readonly source: UserSource
}

/** @throws LoadProblem for code that cannot be moved to another machine */
export function packBundle(source: UserSource, { files, imports }: LoadedCode): Bundle {
  const native = files.find((file) => file.endsWith('.node'))
  if (native !== undefined) throw bundleProblems.native(native)
  const manifests = new Set(files.flatMap((file) => manifestAbove(file) ?? []))
  const project = realpathSync(source.project)
  const links = new Map(imports.flatMap(({ folder, name }) => linkTo(folder, name) ?? []))
  const all = [...new Set([...files.map((file) => realpathSync(file)), ...manifests])].sort()
  const root = commonFolder([join(project, 'any'), ...all, ...links.keys()])
  const within = (path: string): string => relative(root, path).replaceAll(sep, '/')
  const text = JSON.stringify({
    format: 'espalier/bundle/1',
    files: all.map((file) => ({ path: within(file), ...(manifests.has(file) ? { text: manifestText(file) } : contentOf(file)) })),
    links: [...links].sort().map(([path, to]) => ({ path: within(path), to: within(to) })),
  } satisfies typeof Content.Type)
  const content = gzipSync(text)
  if (content.byteLength > largest) throw bundleProblems.tooLarge(content.byteLength, all)
  return {
    digest: digestOf(Buffer.from(text)),
    content,
    source: { ...source, file: within(realpathSync(source.file)), project: within(project) || '.' },
  }
}

/** Paths of the code of an unpacked bundle. @param folder where it was unpacked */
export const sourceIn = (folder: string, { file, project, ...rest }: UserSource): UserSource => ({
  ...rest,
  file: join(folder, file),
  project: join(folder, project),
})

/** Does nothing if `folder` exists. Atomic. @throws LoadProblem for a damaged bundle, or one with another digest */
export function unpackBundle(content: Uint8Array, digest: Digest, folder: string): void {
  if (existsSync(folder)) return
  const text = unpacked(content)
  const decoded = Schema.decodeUnknownOption(Schema.fromJsonString(Content))(text.toString('utf8'))
  if (digestOf(text) !== digest || Option.isNone(decoded)) throw bundleProblems.damaged(digest)
  const { files, links } = decoded.value
  const made = `${folder}.${process.pid}.tmp`
  const place = (path: string): string => {
    const full = join(made, path)
    mkdirSync(dirname(full), { recursive: true })
    return full
  }
  rmSync(made, { recursive: true, force: true })
  for (const { path, text = '', base64 } of files) writeFileSync(place(path), base64 === undefined ? text : Buffer.from(base64, 'base64'))
  for (const { path, to } of links) symlinkSync(relative(dirname(place(path)), join(made, to)), place(path), 'dir')
  // Imports of the library resolve to the running one.
  const own = place(`node_modules/${library}`)
  if (!existsSync(own)) symlinkSync(dirname(fileURLToPath(ownFolders[0]!)), own, 'dir')
  try {
    renameSync(made, folder)
  } catch (cause) {
    rmSync(made, { recursive: true, force: true })
    if (!existsSync(folder)) throw cause // otherwise another process was faster
  }
}

function unpacked(content: Uint8Array): Buffer {
  try {
    return gunzipSync(content, { maxOutputLength: 64 * largest })
  } catch {
    return Buffer.alloc(0)
  }
}

function contentOf(file: string): { readonly text: string } | { readonly base64: string } {
  const content = readFileSync(file)
  const text = content.toString('utf8')
  return Buffer.from(text).equals(content) ? { text } : { base64: content.toString('base64') }
}

/** The library's own manifest points to files that are not in the bundle: those fields are left out. */
function manifestText(file: string): string {
  const text = readFileSync(file, 'utf8')
  const { name, type } = JSON.parse(text) as { readonly name?: unknown; readonly type?: unknown }
  return name === library ? JSON.stringify({ type }) : text
}

function manifestAbove(file: string): string | undefined {
  for (let folder = dirname(realpathSync(file)); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return manifest
    if (folder === dirname(folder)) return undefined
  }
}

/** The link by which a package is found from a folder; undefined if the package itself is there. */
function linkTo(from: string, name: string): readonly [path: string, to: string][] | undefined {
  if (name === library) return undefined
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name)
    if (existsSync(path)) return realpathSync(path) === path ? undefined : [[path, realpathSync(path)]]
    if (folder === dirname(folder)) return undefined
  }
}

function commonFolder(paths: readonly string[]): string {
  const parts = paths.map((path) => dirname(path).split(sep))
  const differs = parts[0]!.findIndex((part, i) => parts.some((other) => other[i] !== part))
  return parts[0]!.slice(0, differs === -1 ? undefined : differs).join(sep) || sep
}

const bundleProblems = {
  native: (file: string) =>
    new LoadProblem({
      title: 'The pipeline file loads a native package, which is built for one machine and cannot be sent to others.',
      facts: [['file', file]],
      hint: 'Leave it out: use a package in JavaScript, or do its work before and capture what it gives.',
    }),

  tooLarge: (size: number, files: readonly string[]) =>
    new LoadProblem({
      title: `The code of the pipeline is too large to be sent to other machines: ${bytes(size)} packed, at most ${bytes(largest)}.`,
      facts: [
        ['files', String(files.length)],
        ['of which in packages', String(files.filter((file) => !isUserCode(`file://${file}`)).length)],
      ],
      hint: 'Put large data into a data set, and import smaller packages.',
    }),

  damaged: (digest: Digest) =>
    new LoadProblem({
      title: 'The code of a pipeline that came from another machine is not what its address says.',
      facts: [['address', digest]],
      hint: 'Run again: it is sent again.',
    }),
}
