/**
 * A compiler program that stays alive: files that have not changed since the last check are not read, parsed or resolved again.
 * The user's own files are checked; packages and the library are only read.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import type { Compiler, Diagnostic, Loaded, Program, SourceFile } from './compiler.ts'
import { type Configuration, configurationFor } from './config.ts'
import { type Fault, faultOf } from './fault.ts'
import { placeOf } from './place.ts'

export interface Checked {
  /** Version of the compiler. */
  readonly version: string
  /** In the order of the files; empty when the types are right. */
  readonly faults: readonly Fault[]
  /** Everything that affects the result, by path: SHA-256 of the content. A package is represented by its package.json. */
  readonly inputs: { readonly [path: string]: string }
  /** The user's own files among them. */
  readonly files: readonly string[]
}

/** Error codes for imports that cannot be resolved, or that lead to files without types. */
const notFound = new Set([2306, 2307, 2688, 2732, 2792, 2834, 2835, 6137, 7016])

interface Known {
  readonly stamp: string
  readonly source: SourceFile
  readonly options: string
}

export class Programs {
  readonly #ts: Compiler
  readonly #libraryFolder: string
  readonly #libraries: ReadonlyMap<string, string>
  /** Folders of the library's own sources, which do not count as the user's files. */
  readonly #own: readonly string[]
  readonly #sources = new Map<string, Known>()
  readonly #programs = new Map<string, { readonly program: Program; readonly unresolved: boolean }>()

  constructor({ ts, libraryFolder, libraries }: Loaded, own: readonly string[]) {
    this.#ts = ts
    this.#libraryFolder = libraryFolder
    this.#libraries = libraries
    this.#own = own
  }

  /** @throws CheckProblem for a tsconfig.json that cannot be read */
  check(file: string): Checked {
    const configuration = configurationFor(this.#ts, file)
    const earlier = this.#programs.get(file)
    const program = this.#ts.createProgram({
      rootNames: [file, ...configuration.declarations],
      options: configuration.options,
      // Imports that were not found may exist now.
      host: { ...this.#host(configuration), hasInvalidatedResolutions: (path) => earlier?.unresolved === true && this.#isUsers(path) },
      ...(earlier === undefined ? {} : { oldProgram: earlier.program }),
    })
    const own = program.getSourceFiles().filter((source) => this.#isUsers(source.fileName) && !source.isDeclarationFile)
    const said = own.map(
      (source) => [source, [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]] as const,
    )
    const faults = said.flatMap(([source, diagnostics]) => diagnostics.flatMap((diagnostic) => this.#fault(source, diagnostic)))
    this.#programs.set(file, { program, unresolved: said.some(([, diagnostics]) => diagnostics.some(({ code }) => notFound.has(code))) })
    return {
      version: this.#ts.version,
      faults: distinct(faults),
      inputs: this.#inputs(program, configuration),
      files: own.map(({ fileName }) => fileName),
    }
  }

  #fault(source: SourceFile, diagnostic: Diagnostic): Fault[] {
    if (diagnostic.category !== this.#ts.DiagnosticCategory.Error) return []
    const { line, character } = source.getLineAndCharacterOfPosition(placeOf(this.#ts, source, diagnostic))
    const message = this.#ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
    return [faultOf(`${source.fileName}:${line + 1}:${character + 1}`, message)]
  }

  #isUsers(path: string): boolean {
    return !path.includes('/node_modules/') && !path.startsWith(this.#libraryFolder) && !this.#own.some((folder) => path.startsWith(folder))
  }

  #inputs(program: Program, { files }: Configuration): { readonly [path: string]: string } {
    const inputs: { [path: string]: string } = {}
    const add = (path: string): void => {
      inputs[path] ??= sha256(readFileSync(path))
    }
    for (const path of files) add(path)
    for (const { fileName, text } of program.getSourceFiles()) {
      if (fileName.startsWith(this.#libraryFolder)) continue
      const manifest = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(fileName)?.[1]
      // Hash of the text that was checked; the file may have changed since.
      if (manifest === undefined) inputs[fileName] = sha256(text)
      else add(`${manifest}/package.json`)
      if (manifest === undefined && this.#isUsers(fileName)) {
        const around = this.#ts.findConfigFile(dirname(fileName), this.#ts.sys.fileExists, 'package.json')
        if (around !== undefined) add(around)
      }
    }
    return inputs
  }

  #host({ options }: Configuration) {
    const ts = this.#ts
    const { configFilePath: _, paths: __, pathsBasePath: ___, ...forFiles } = options // they say where files are, not how they are read
    const written = JSON.stringify(forFiles)
    const read = (path: string): string | undefined => this.#libraries.get(path) ?? ts.sys.readFile(path)
    return {
      getSourceFile: (path: string, given: Parameters<Compiler['createSourceFile']>[2]): SourceFile | undefined => {
        const known = this.#sources.get(path)
        const stamp = this.#libraries.has(path) ? '' : stampOf(path)
        if (known !== undefined && known.stamp === stamp && known.options === written) return known.source
        const text = stamp === undefined ? undefined : read(path)
        if (text === undefined || stamp === undefined) return undefined
        // Node treats a file with import or export as a module, whether or not the package says so.
        const module = this.#isUsers(path) && /\.ts$/.test(path) && typeof given === 'object'
        const source = ts.createSourceFile(path, text, module ? { ...given, impliedNodeFormat: ts.ModuleKind.ESNext } : given)
        Object.assign(source, { version: sha256(text) })
        this.#sources.set(path, { stamp, source, options: written })
        return source
      },
      getDefaultLibFileName: (wanted: typeof options) => `${this.#libraryFolder}/${ts.getDefaultLibFileName(wanted)}`,
      getDefaultLibLocation: () => this.#libraryFolder,
      getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
      getCanonicalFileName: (path: string) => (ts.sys.useCaseSensitiveFileNames ? path : path.toLowerCase()),
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getNewLine: () => '\n',
      fileExists: (path: string) => this.#libraries.has(path) || ts.sys.fileExists(path),
      readFile: read,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
      writeFile: () => {},
    }
  }
}

/** Undefined for a missing file. */
function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? undefined : `${found.mtimeNs} ${found.size}`
}

function distinct(faults: readonly Fault[]): Fault[] {
  return faults.filter(({ at, title }, i) => faults.findIndex((other) => other.at === at && other.title === title) === i)
}
