/** The compiler's options for a pipeline file: of the nearest tsconfig.json, or strict ones; and what Node decides, whatever they say. */
import { dirname } from 'node:path'
import type { Compiler, CompilerOptions } from './compiler.ts'
import { checkProblems } from './problems.ts'

export interface Configuration {
  readonly options: CompilerOptions
  /** The project's declaration files, which need no import. */
  readonly declarations: readonly string[]
  /** The tsconfig.json and those it extends. */
  readonly files: readonly string[]
}

/** @throws CheckProblem for a tsconfig.json that cannot be read */
export function configurationFor(ts: Compiler, file: string): Configuration {
  const path = ts.findConfigFile(dirname(file), ts.sys.fileExists)
  if (path === undefined) return { options: { ...strict(ts), ...fixed }, declarations: [], files: [] }
  const refuse = (diagnostic: { readonly messageText: Parameters<Compiler['flattenDiagnosticMessageText']>[0] }) => {
    throw checkProblems.configuration(path, ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
  }
  const host = {
    ...ts.sys,
    // Only declarations are wanted: the file itself says which others belong to it.
    readDirectory: (root: string, _: readonly string[], excludes?: readonly string[], includes?: readonly string[], depth?: number) =>
      ts.sys.readDirectory(root, ['.d.ts', '.d.mts'], excludes, includes ?? [], depth),
    onUnRecoverableConfigFileDiagnostic: refuse,
  }
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, host)
  if (parsed === undefined) throw checkProblems.configuration(path, 'It cannot be read.')
  // Options of a newer or older compiler, and projects without other files, are no fault of the pipeline's.
  const wrong = parsed.errors.find(({ code, category }) => category === ts.DiagnosticCategory.Error && isSyntax(code))
  if (wrong !== undefined) refuse(wrong)
  const { configFile, ...given } = parsed.options as CompilerOptions & { configFile?: { readonly extendedSourceFiles?: readonly string[] } }
  return {
    options: { ...allTypes(ts), ...given, ...fixed },
    declarations: parsed.fileNames,
    files: [path, ...(configFile?.extendedSourceFiles ?? [])],
  }
}

/** Of JSON, or a file to extend that is not there. */
const isSyntax = (code: number): boolean => (code >= 1000 && code < 2000) || code === 5083 || code === 6053

/** The packages of types that are installed: from TypeScript 6 on only where it is said. */
const allTypes = ({ versionMajorMinor }: Compiler): CompilerOptions => (Number(versionMajorMinor) < 6 ? {} : { types: ['*'] })

/** Where a project says nothing. Modules are Node's or a bundler's: Node itself tells which import it cannot find. */
const strict = (ts: Compiler): CompilerOptions => ({
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  resolveJsonModule: true,
  ...allTypes(ts),
})

/** Nothing is written, nothing but the user's own files is judged, and only what would be wrong when it runs. */
const fixed: CompilerOptions = {
  noEmit: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: false,
  skipLibCheck: true,
  noErrorTruncation: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  // The loader says it better.
  erasableSyntaxOnly: false,
  checkJs: false,
  declaration: false,
  isolatedDeclarations: false,
  composite: false,
  incremental: false,
}
