/** What each kind of stage computes with: the files its `run` reaches by imports, dynamic ones and a worker's services included. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript-5.9'
import { kinds, type StageKind } from '../../dsl/graph/stage-options.ts'

const root = join(import.meta.dirname, '../..')
const table = 'runtime/kinds/kinds.ts'
const services = 'runtime/worker/cache.ts'

/**
 * What computes. The language decides what is asked, which is in the key; data sets count by their content; what the store keeps is known by
 * its content as well; methods are pipelines.
 */
const computes = (file: string): boolean =>
  /^(stdlib\/(?!data\/|methods\/)|runtime\/(kinds|training|engine|worker|interop)\/)/.test(file) &&
  !file.startsWith('runtime/engine/install/')

interface Imports {
  /** The file by each name that it brings; `*` without one. */
  readonly names: ReadonlyMap<string, string>
  readonly files: readonly string[]
  /** Services of the worker that are asked for: `cache.network(…)`. */
  readonly services: readonly string[]
}

const parsed = new Map<string, ts.SourceFile>()

function sourceOf(file: string): ts.SourceFile {
  const known = parsed.get(file) ?? ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true)
  parsed.set(file, known)
  return known
}

function importsOf(file: string): Imports {
  const source = sourceOf(file)
  const names = new Map<string, string>()
  const files = new Set<string>()
  const asked = new Set<string>()
  const add = (specifier: ts.Expression | undefined): string | undefined => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier) || !specifier.text.startsWith('.')) return undefined
    const path = relative(root, join(root, dirname(file), specifier.text)).replaceAll('\\', '/')
    files.add(path)
    return path
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings
      const values =
        bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements.filter(({ isTypeOnly }) => !isTypeOnly) : undefined
      if (node.importClause?.isTypeOnly === true || values?.length === 0) return
      const path = add(node.moduleSpecifier)
      if (path !== undefined) for (const { name } of values ?? []) names.set(name.text, path)
      return
    }
    if (ts.isExportDeclaration(node) && !node.isTypeOnly) add(node.moduleSpecifier)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0])
    if (ts.isPropertyAccessExpression(node) && /^(cache|services)$/.test(node.expression.getText())) asked.add(node.name.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { names, files: [...files], services: [...asked] }
}

/** Files that each service of a worker needs, by its name. */
function servicesOf(): ReadonlyMap<string, readonly string[]> {
  const { names } = importsOf(services)
  const direct = new Map<string, { readonly files: Set<string>; readonly calls: Set<string> }>()
  const visit = (node: ts.Node): void => {
    if (ts.isMethodDeclaration(node)) {
      const found = { files: new Set<string>(), calls: new Set<string>() }
      const inside = (part: ts.Node): void => {
        if (ts.isIdentifier(part) && names.has(part.text)) found.files.add(names.get(part.text)!)
        if (ts.isPropertyAccessExpression(part) && part.expression.kind === ts.SyntaxKind.ThisKeyword) found.calls.add(part.name.text)
        ts.forEachChild(part, inside)
      }
      inside(node)
      direct.set(node.name.getText(), found)
    } else ts.forEachChild(node, visit)
  }
  visit(sourceOf(services))
  const filesOf = (name: string, seen = new Set<string>()): readonly string[] => {
    const found = direct.get(name)
    if (found === undefined || seen.has(name)) return []
    seen.add(name)
    return [...found.files, ...[...found.calls].flatMap((call) => filesOf(call, seen))]
  }
  return new Map([...direct.keys()].map((name) => [name, [services, ...filesOf(name)]]))
}

/** The file that a kind's `run` loads. */
function entryOf(kind: StageKind): string {
  let found: string | undefined
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === kind && ts.isObjectLiteralExpression(node.initializer)) {
      const [, path] = /import\('\.\/(.+?)'\)/.exec(node.initializer.getText()) ?? []
      if (path !== undefined) found = `runtime/kinds/${path}`
    } else ts.forEachChild(node, visit)
  }
  visit(sourceOf(table))
  if (found === undefined) throw new Error(`the record of ${kind} loads nothing`)
  return found
}

/** The kinds that compute with each file. */
export function reached(): ReadonlyMap<string, readonly StageKind[]> {
  const byService = servicesOf()
  const users = new Map<string, StageKind[]>()
  const imports = new Map<string, readonly string[]>()
  const next = (file: string): readonly string[] => {
    const known = imports.get(file)
    if (known !== undefined) return known
    const found = importsOf(file)
    // The worker's services are followed one by one, from those who ask for them.
    const all = file === services ? [] : [...found.files, ...found.services.flatMap((name) => byService.get(name) ?? [])]
    imports.set(file, all)
    return all
  }
  for (const kind of Object.keys(kinds) as StageKind[]) {
    const seen = new Set([entryOf(kind)])
    // A set grows while it is walked.
    for (const file of seen) for (const other of next(file)) if (computes(other)) seen.add(other)
    for (const file of seen) users.set(file, [...(users.get(file) ?? []), kind])
  }
  return users
}
