/** Comments of a file's author: the one over each export, and the one at the top of the file. Parsed, never run. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Compiler, loadCompiler, type Node, type SourceFile } from './check/compiler.ts'

export interface Commented {
  /** The comment at the top of the file that belongs to no export. */
  readonly file: string | undefined
  /** By name of the export; those without a comment are omitted. */
  readonly exports: ReadonlyMap<string, string>
}

/** Follows `export … from` to the user's other files. */
export function commentsIn(path: string): Commented {
  const reader = new Reader(loadCompiler().ts)
  return { file: reader.opening(path), exports: reader.exports(path) }
}

class Reader {
  readonly #ts: Compiler
  readonly #files = new Map<string, SourceFile | undefined>()

  constructor(ts: Compiler) {
    this.#ts = ts
  }

  opening(path: string): string | undefined {
    const source = this.#file(path)
    const first = source?.statements[0]
    if (source === undefined || first === undefined) return undefined
    const comments = this.#over(source, first)
    // Directly over an export it belongs to that, unless there are two.
    const own = this.#isExported(first) ? comments.slice(0, -1) : comments
    return own[0]
  }

  exports(path: string, through: readonly string[] = []): Map<string, string> {
    const ts = this.#ts
    const found = new Map<string, string>()
    const source = this.#file(path)
    if (source === undefined || through.includes(path)) return found
    const local = new Map<string, string>()
    const say = (names: readonly string[], statement: Node, exported: boolean): void => {
      const comment = this.#over(source, statement).at(-1)
      if (comment === undefined) return
      for (const name of names) local.set(name, comment)
      for (const name of exported ? names : []) found.set(name, comment)
    }
    for (const statement of source.statements) {
      const exported = this.#isExported(statement)
      if (ts.isVariableStatement(statement))
        say(
          statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])),
          statement,
          exported,
        )
      else if (ts.isExportAssignment(statement)) say(['default'], statement, true)
    }
    for (const statement of source.statements) {
      if (ts.isExportAssignment(statement) && ts.isIdentifier(statement.expression)) {
        const comment = found.get('default') ?? local.get(statement.expression.text)
        if (comment !== undefined) found.set('default', comment)
      }
      if (!ts.isExportDeclaration(statement)) continue
      const from = this.#target(path, statement.moduleSpecifier)
      if (statement.moduleSpecifier !== undefined && from === undefined) continue
      const known = from === undefined ? local : this.exports(from, [...through, path])
      if (statement.exportClause === undefined) for (const [name, comment] of known) name !== 'default' && found.set(name, comment)
      else if (ts.isNamedExports(statement.exportClause))
        for (const { name, propertyName } of statement.exportClause.elements) {
          const comment = known.get((propertyName ?? name).text)
          if (comment !== undefined) found.set(name.text, comment)
        }
    }
    return found
  }

  #file(path: string): SourceFile | undefined {
    if (!this.#files.has(path)) this.#files.set(path, this.#parse(path))
    return this.#files.get(path)
  }

  #parse(path: string): SourceFile | undefined {
    try {
      return this.#ts.createSourceFile(path, readFileSync(path, 'utf8'), this.#ts.ScriptTarget.Latest)
    } catch {
      return undefined // the loader reports what is wrong with it
    }
  }

  #target(path: string, specifier: Node | undefined): string | undefined {
    if (specifier === undefined || !this.#ts.isStringLiteral(specifier) || !/^\.{1,2}\//.test(specifier.text)) return undefined
    return resolve(dirname(path), specifier.text)
  }

  #isExported(node: Node): boolean {
    const ts = this.#ts
    const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined
    return ts.isExportAssignment(node) || modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  }

  /** The doc comments before a statement, as text. */
  #over(source: SourceFile, statement: Node): string[] {
    const ranges = this.#ts.getLeadingCommentRanges(source.text, statement.pos) ?? []
    return ranges.map(({ pos, end }) => source.text.slice(pos, end)).flatMap((text) => (text.startsWith('/**') ? [textOf(text)] : []))
  }
}

/** Without the asterisks; ends at tags such as `@param`. */
function textOf(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
  const tag = lines.findIndex((line) => line.startsWith('@'))
  return lines
    .slice(0, tag === -1 ? undefined : tag)
    .join('\n')
    .trim()
}
