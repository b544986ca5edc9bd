/** What `espalier` exports, read from its declarations: plain data for the pages of the reference. */
import { join, relative } from 'node:path'
import {
  type ArrowFunction,
  type FunctionDeclaration,
  type MethodSignature,
  type Symbol as Named,
  Node,
  type ParameterDeclaration,
  Project,
  type Type,
  ts,
} from 'ts-morph'
import { why } from '../../dsl/check/why.ts'
import { root } from '../root.ts'

/** An option, or a member of a type. */
export interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  readonly says: string
  /** Of an option that is declared as a form: its default. */
  readonly standard: string | undefined
}

export interface Entry {
  readonly name: string
  readonly kind: 'function' | 'value' | 'type'
  /** Where it is declared, relative to the repository's root. */
  readonly file: string
  readonly signature: string
  readonly says: string
  /** What a function takes that has a sentence of its own. */
  readonly parameters: readonly { readonly name: string; readonly says: string }[]
  /** Of the options that a function takes, or of a type. */
  readonly members: readonly Member[]
  /** Types that are exported and in the signature. */
  readonly types: readonly string[]
  /** When it is refused, or what it throws. */
  readonly errors: readonly string[]
}

/** Every export of `espalier`, and every verb of a pipeline as `Pipeline.verb`. */
export function declarations(): readonly Entry[] {
  const project = new Project({ tsConfigFilePath: join(root, 'tsconfig.json'), skipAddingFilesFromTsConfig: true })
  const read = new Reader(project.addSourceFileAtPath(join(root, 'stdlib/index.ts')).getExportedDeclarations(), project)
  return read.all()
}

type Call = ArrowFunction | FunctionDeclaration | MethodSignature

class Reader {
  private readonly exported: ReadonlyMap<string, readonly Node[]>
  private readonly checker: ts.TypeChecker

  constructor(exported: ReadonlyMap<string, readonly Node[]>, project: Project) {
    this.exported = exported
    this.checker = project.getTypeChecker().compilerObject
  }

  all(): readonly Entry[] {
    return [...this.exported].flatMap(([name, [node]]) => {
      if (node === undefined) return []
      const verbs = name === 'Pipeline' && Node.isInterfaceDeclaration(node) ? node.getMethods() : []
      return [this.entry(name, node), ...verbs.map((verb) => this.entry(`${name}.${verb.getName()}`, verb))]
    })
  }

  private entry(name: string, node: Node): Entry {
    const symbol = node.getSymbolOrThrow()
    const call = callOf(node)
    const parameters = call?.getParameters().filter((one) => one.getName() !== 'this') ?? []
    const options = parameters.find(isOptions)
    const signature = signatureOf(name.split('.').at(-1)!, node)
    const tags = symbol.compilerSymbol.getJsDocTags(this.checker).map((tag) => ({ tag: tag.name, text: ts.displayPartsToString(tag.text) }))
    return {
      name,
      kind: call ? 'function' : Node.isVariableDeclaration(node) ? 'value' : 'type',
      file: relative(root, node.getSourceFile().getFilePath()),
      signature,
      says: this.says(symbol),
      parameters: tags
        .filter(({ tag }) => tag === 'param')
        .map(({ text }) => ({ name: text.split(' ')[0]!, says: text.split(' ').slice(1).join(' ') })),
      members: options ? this.members(options.getType(), node) : call ? [] : this.members(node.getType(), node),
      types: [...new Set(signature.match(/\b[A-Z]\w+/g))].filter(
        (word) => word !== name && this.exported.has(word) && !isLocal(word, node),
      ),
      errors: [...refusals(node), ...tags.filter(({ tag }) => tag === 'throws').map(({ text }) => text)],
    }
  }

  private says(symbol: Named): string {
    return ts.displayPartsToString(symbol.compilerSymbol.getDocumentationComment(this.checker)).trim()
  }

  private members(type: Type, at: Node): readonly Member[] {
    const found = new Map<string, Member>()
    for (const property of variantsOf(type).flatMap((variant) => variant.getProperties())) {
      const value = property.getTypeAtLocation(at).getNonNullableType()
      if (!isOurs(property) || value.isNever()) continue
      const before = found.get(property.getName())
      found.set(property.getName(), {
        name: property.getName(),
        optional: property.isOptional(),
        type: before === undefined || before.type === textOf(value, at) ? textOf(value, at) : `${before.type} | ${textOf(value, at)}`,
        says: [...new Set([before?.says ?? '', this.says(property)])].filter((text) => text !== '').join(' '),
        standard: standardOf(property),
      })
    }
    return [...found.values()].toSorted((a, b) => Number(a.optional) - Number(b.optional))
  }
}

const variantsOf = (type: Type): readonly Type[] => {
  const present = type.getNonNullableType()
  return (present.isUnion() ? present.getUnionTypes() : [present]).filter((one) => one.isObject() || one.isIntersection())
}

/** What a function is told by name. */
const isOptions = (parameter: ParameterDeclaration): boolean =>
  /^(options$|\{)/.test(parameter.getName()) || /Options\b/.test(parameter.getTypeNode()?.getText() ?? '')

/** Declared here, and not by a symbol that only types use. */
const isOurs = (member: Named): boolean =>
  !member.getName().startsWith('__') &&
  member.getDeclarations().some((one) => relative(root, one.getSourceFile().getFilePath()).match(/^(dsl|stdlib)\//))

/** A type of the file's own, which may be called as one that is exported is. */
const isLocal = (name: string, node: Node): boolean => node.getSourceFile().getTypeAlias(name)?.isExported() === false

/** The first function, of one that gives others too. */
function callOf(node: Node): Call | undefined {
  if (Node.isFunctionDeclaration(node)) return node.getOverloads()[0] ?? node
  if (Node.isMethodSignature(node)) return node
  const value = Node.isVariableDeclaration(node) ? node.getInitializer() : undefined
  return Node.isArrowFunction(value) ? value : undefined
}

/** Sentences with which a type refuses what it is given. */
const refusals = (node: Node): readonly string[] =>
  [...new Set([...node.getText().matchAll(/\bWhy<'(\w+)'>/g)].map(([, name]) => name as keyof typeof why))].map(
    (name) => `${why[name].title} ${why[name].hint}`,
  )

/** How it is called, or its declaration without comments. */
function signatureOf(name: string, node: Node): string {
  const call = callOf(node)
  if (call === undefined) return withoutComments(node.getText()).replace(/^(export )?(declare )?/, '')
  const list = (nodes: readonly Node[]) => nodes.map((one) => flat(one.getText()).replace(/^\{.*\}(?=[:=? ])/, 'options'))
  const typed = list(call.getTypeParameters())
  const given = list(call.getParameters().filter((one) => one.getName() !== 'this'))
  const head = `${name}${typed.length === 0 ? '' : `<${typed.join(', ')}>`}`
  const result = flat(call.getReturnTypeNode()?.getText() ?? call.getReturnType().getText(call))
  const tail = result.length > 200 ? '' : `: ${result}`
  const line = `${head}(${given.join(', ')})${tail}`
  return line.length <= 100 ? line : `${head}(\n${given.map((one) => `  ${one},\n`).join('')})${tail}`
}

const withoutComments = (code: string): string => code.replaceAll(/^[ \t]*\/\*\*.*?\*\/\n/gms, '').replaceAll(/\/\*\*.*?\*\/ ?/gs, '')

/** Code in one line, names without the files that they are from. */
const flat = (code: string): string =>
  withoutComments(code)
    .replaceAll(/import\("[^"]*"\)\./g, '')
    .replaceAll('"', "'")
    .replaceAll(/\s+/g, ' ')

const textOf = (type: Type, at: Node): string => flat(type.getText(at))

/** The default that a form has (dsl/check/form.ts), as it is written there. */
function standardOf(option: Named): string | undefined {
  const declared = option.getDeclarations()[0]
  const standard = declared?.getType().getProperty('standard')
  const text = declared && standard?.getTypeAtLocation(declared).getText(declared)
  return text === undefined || !/^(["'[\d-]|true|false)/.test(text) ? undefined : flat(text)
}
