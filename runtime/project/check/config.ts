/** Compiler options for a pipeline file: those of the nearest tsconfig.json, or strict ones; what Node determines overrides both. */
import { dirname } from 'node:path'
import type { Compiler, CompilerOptions } from './compiler.ts'
import { checkProblems } from './problems.ts'

export interface Configuration {
  readonly options: CompilerOptions
  /** The project's declaration files, which are in effect without an import. */
  readonly declarations: readonly string[]
  /** The tsconfig.json and those that it extends. */
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
    // Only declarations: the file's imports determine the other files.
    readDirectory: (root: string, _: readonly string[], excludes?: readonly string[], includes?: readonly string[], depth?: number) =>
      ts.sys.readDirectory(root, ['.d.ts', '.d.mts'], excludes, includes ?? [], depth),
    onUnRecoverableConfigFileDiagnostic: refuse,
  }
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, host)
  if (parsed === undefined) throw checkProblems.configuration(path, 'It cannot be read.')
  // Unknown options of another compiler version, and projects without other files, are no errors of the pipeline.
  const wrong = parsed.errors.find(({ code, category }) => category === ts.DiagnosticCategory.Error && isSyntax(code))
  if (wrong !== undefined) refuse(wrong)
  const { configFile, ...given } = parsed.options as CompilerOptions & { configFile?: { readonly extendedSourceFiles?: readonly string[] } }
  return {
    options: { ...allTypes(ts), ...given, ...fixed },
    declarations: parsed.fileNames,
    files: [path, ...(configFile?.extendedSourceFiles ?? [])],
  }
}

/** A syntax error in JSON, or a missing file to extend. */
const isSyntax = (code: number): boolean => (code >= 1000 && code < 2000) || code === 5083 || code === 6053

/** All installed packages of types: from TypeScript 6 on they must be requested. */
const allTypes = ({ versionMajorMinor }: Compiler): CompilerOptions => (Number(versionMajorMinor) < 6 ? {} : { types: ['*'] })

/** For a project without tsconfig.json. Modules resolve as for Node or a bundler: Node itself reports imports that it cannot find. */
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

/** Writes nothing, checks only the user's own files, and reports only what would fail when the file runs. */
const fixed: CompilerOptions = {
  noEmit: true,
  allowImportingTsExtensions: true,
  rewriteRelativeImportExtensions: false,
  skipLibCheck: true,
  noErrorTruncation: true,
  noUnusedLocals: false,
  noUnusedParameters: false,
  // The loader's message is better.
  erasableSyntaxOnly: false,
  checkJs: false,
  declaration: false,
  isolatedDeclarations: false,
  composite: false,
  incremental: false,
}
