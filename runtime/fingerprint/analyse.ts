/** Analyses the syntax tree of one file: its functions and classes, imports and exports, and the value of each module-level name. */
import { createHash } from 'node:crypto'
import { isBuiltin } from 'node:module'
import type { AnyNode, ExportDefaultDeclaration, Program } from 'acorn'
import { constantForm } from './constant.ts'
import { boundNames, type ClassNode, children, type FunctionNode, isClass, isFunction, staticKey } from './grammar.ts'
import type { File } from './names.ts'
import { normalise } from './normalise.ts'
import { type Scope, scopesOf } from './scopes.ts'
import type { Analysis, Declaration, Literal, Member } from './unit.ts'

/** The name of an `export default` expression. No program can declare it. */
const defaultName = '*default*'
const unnamed = 'an unnamed function'

/** @param text the source of `program`: the file with its types blanked out */
export function analyse(program: Program, text: string): Analysis {
  const { imports, exports, stars } = linksOf(program)
  const scopes = scopesOf(program)
  const file: File = {
    scopes,
    imported: new Set(Object.keys(imports)),
    namespaces: new Set(
      Object.keys(imports).filter((local) => {
        const { from, name } = imports[local]!
        return name === '*' || (name === 'default' && isBuiltin(from))
      }),
    ),
  }
  const literals: Literal[] = []
  const classes: [number, ClassNode][] = []
  const literalAt = new Map<AnyNode, number>()
  for (const statement of program.body)
    findLiterals(statement, { scope: scopes.top, sharesThis: false, name: unnamed, from: statement.start })
  for (const [index, node] of classes) literals[index] = { ...literals[index]!, ...membersOf(node, literalAt) }

  const declarations: { [name: string]: Declaration } = Object.create(null)
  for (const statement of program.body) declare(statement)
  const assigned = Array.from(scopes.top.names.values()).flatMap(({ name, writtenInside }) => (writtenInside ? [name] : []))
  return { literals, imports, exports, stars, declarations, assigned }

  function findLiterals(
    node: AnyNode,
    at: { readonly scope: Scope; readonly sharesThis: boolean; readonly name: string; readonly from: number },
  ): void {
    if (isFunction(node) || isClass(node)) {
      if (isClass(node)) classes.push([literals.length, node])
      literalAt.set(node, literals.length)
      literals.push(literalOf(node, at.scope, at.sharesThis, node.id?.name ?? at.name, at.from))
    }
    const scope = scopes.of(node, at.scope)
    const bringsThis =
      (isFunction(node) && node.type !== 'ArrowFunctionExpression') || node.type === 'PropertyDefinition' || node.type === 'StaticBlock'
    for (const child of children(node))
      findLiterals(child, { scope, sharesThis: at.sharesThis || bringsThis, name: nameGiven(node, child), from: textStart(node, child) })
  }

  /** V8 stores the text of a method starting at its name. */
  function textStart(node: AnyNode, child: AnyNode): number {
    if (node.type === 'Property' && child === node.value && (node.method || node.kind !== 'init')) return node.start
    if (node.type !== 'MethodDefinition' || child !== node.value) return child.start
    const skipped = node.static ? /^static(?:\s|\/\*[\s\S]*?\*\/|\/\/.*)*/.exec(text.slice(node.start, child.start)) : null
    return node.start + (skipped?.[0].length ?? 0)
  }

  function literalOf(node: FunctionNode | ClassNode, scope: Scope, sharesThis: boolean, name: string, from: number): Literal {
    const { form, free, refusals } = normalise(node, scope, sharesThis, file)
    const { start, end } = node
    return {
      name,
      start,
      end,
      code: digest(form),
      free,
      refusals,
      class: isClass(node),
      text: digest(text.slice(from, end)),
      from,
      to: isClass(node) ? end : node.body.start,
    }
  }

  function declare(statement: AnyNode): void {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (node?.type === 'VariableDeclaration')
      for (const { id, init } of node.declarations) if (init && id.type === 'Identifier') declaration(id.name, init)
    if ((node?.type === 'FunctionDeclaration' || node?.type === 'ClassDeclaration') && node.id) declaration(node.id.name, node)
    if (node?.type === 'ExportDefaultDeclaration' && localOfDefault(node) === defaultName) declaration(defaultName, node.declaration)
  }

  function declaration(name: string, init: AnyNode): void {
    if (scopes.top.names.get(name)?.written) return
    const literal = literalAt.get(init)
    if (literal === undefined) {
      const constant = constantForm(init)
      if (constant !== undefined) declarations[name] = { constant }
    } else {
      declarations[name] = { literal }
      literals[literal] = { ...literals[literal]!, declares: name }
    }
  }
}

/** 128 bits are enough to distinguish two pieces of code. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

function linksOf(program: Program): Pick<Analysis, 'imports' | 'exports' | 'stars'> {
  const imports: { [local: string]: { from: string; name: string } } = Object.create(null)
  const exports: { [name: string]: Analysis['exports'][string] } = Object.create(null)
  const stars: string[] = []
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration')
      for (const one of node.specifiers) {
        const name = one.type === 'ImportSpecifier' ? exportName(one.imported) : one.type === 'ImportDefaultSpecifier' ? 'default' : '*'
        imports[one.local.name] = { from: String(node.source.value), name }
      }
    if (node.type === 'ExportAllDeclaration') {
      if (node.exported) exports[exportName(node.exported)] = { from: String(node.source.value), name: '*' }
      else stars.push(String(node.source.value))
    }
    if (node.type === 'ExportNamedDeclaration') {
      for (const { local, exported } of node.specifiers)
        exports[exportName(exported)] = node.source
          ? { from: String(node.source.value), name: exportName(local) }
          : { local: exportName(local) }
      const { declaration } = node
      if (declaration?.type === 'VariableDeclaration')
        for (const { id } of declaration.declarations) for (const { name } of boundNames(id)) exports[name] = { local: name }
      else if (declaration) exports[declaration.id.name] = { local: declaration.id.name }
    }
    if (node.type === 'ExportDefaultDeclaration') exports.default = { local: localOfDefault(node) }
  }
  return { imports, exports, stars }
}

function exportName(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : String((node as { value?: unknown }).value) // export { a as 'any text' }
}

function localOfDefault({ declaration }: ExportDefaultDeclaration): string {
  if (declaration.type === 'Identifier') return declaration.name
  const named = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration' ? declaration.id?.name : undefined
  return named ?? defaultName
}

/** The name of a function at this place, for messages. */
function nameGiven(node: AnyNode, child: AnyNode): string {
  if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier') return node.id.name
  if (node.type === 'AssignmentExpression' && node.left.type === 'Identifier') return node.left.name
  if ((node.type === 'Property' || node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') && child === node.value)
    return staticKey(node.key, node.computed) ?? unnamed
  return unnamed
}

function membersOf({ body }: ClassNode, literalAt: ReadonlyMap<AnyNode, number>): Pick<Literal, 'members' | 'privates'> {
  const members: Member[] = []
  let privates = false
  for (const member of body.body) {
    if (member.type === 'StaticBlock') continue
    if (member.key.type === 'PrivateIdentifier') privates = true
    else if (member.type === 'MethodDefinition' && member.kind !== 'constructor') {
      const key = staticKey(member.key, member.computed)
      const kind = member.kind === 'method' ? 'value' : member.kind
      members.push({ ...(key === undefined ? {} : { key }), static: member.static, kind, literal: literalAt.get(member.value)! })
    }
  }
  return { members, privates }
}
