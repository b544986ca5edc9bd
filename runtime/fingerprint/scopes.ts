/** Resolves names to declarations, and records assignments. */
import type { AnyNode, Program } from 'acorn'
import { assigned, boundNames, children, isClass, isFunction } from './grammar.ts'

export interface Binding {
  readonly name: string
  readonly scope: Scope
  /** Assigned after its declaration. */
  written: boolean
  /** Assigned by a function other than the one that declares it. */
  writtenInside: boolean
}

export interface Scope {
  readonly parent: Scope | undefined
  /** The scope of the enclosing function, which contains `var`. */
  readonly owner: Scope
  readonly names: Map<string, Binding>
  /** Its function may suspend, so other code can observe the state in between. */
  readonly suspends: boolean
  readonly start: number
  readonly end: number
}

export interface Scopes {
  readonly top: Scope
  /** The scope that a node opens, or `around` if it opens none. */
  readonly of: (node: AnyNode, around: Scope) => Scope
  readonly resolve: (name: string, scope: Scope) => Binding | undefined
}

const blocks = new Set(['BlockStatement', 'ForStatement', 'ForInStatement', 'ForOfStatement', 'SwitchStatement', 'CatchClause'])
/** Their code runs when the class or an instance is created. */
const runLater = new Set(['StaticBlock', 'PropertyDefinition'])

export function scopesOf(program: Program): Scopes {
  const scopes = new Map<AnyNode, Scope>()
  const top = open(program, undefined, true)
  scopes.set(program, top)
  for (const statement of program.body) declarations(statement, top)
  for (const statement of program.body) assignments(statement, top)
  return { top, of, resolve }

  function of(node: AnyNode, around: Scope): Scope {
    return scopes.get(node) ?? around
  }

  function declarations(node: AnyNode, scope: Scope): void {
    if (node.type === 'VariableDeclaration') {
      const home = node.kind === 'var' ? scope.owner : scope
      for (const declarator of node.declarations)
        for (const { name } of boundNames(declarator.id)) if (declare(home, name) && declarator.init) home.names.get(name)!.written = true
    }
    if (node.type === 'ImportDeclaration') for (const specifier of node.specifiers) declare(scope, specifier.local.name)
    if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id) declare(scope, node.id.name)
    if (isFunction(node)) {
      insideFunction(node, scope)
      return
    }
    let inner = scope
    if (isClass(node)) {
      inner = open(node, scope, false)
      if (node.id) declare(inner, node.id.name)
      scopes.set(node, inner)
    } else if (blocks.has(node.type) || runLater.has(node.type)) {
      inner = open(node, scope, runLater.has(node.type))
      if (node.type === 'CatchClause') for (const { name } of boundNames(node.param)) declare(inner, name)
      scopes.set(node, inner)
    }
    for (const child of children(node)) declarations(child, inner)
  }

  function insideFunction(node: AnyNode & { readonly params: readonly AnyNode[]; readonly body: AnyNode }, scope: Scope): void {
    let around = scope
    if (node.type === 'FunctionExpression' && node.id) {
      around = open(node, scope, false)
      declare(around, node.id.name)
    }
    const { async, generator } = node as { readonly async?: boolean; readonly generator?: boolean } // functions have both
    const inner = open(node, around, true, async === true || generator === true)
    scopes.set(node, inner)
    for (const parameter of node.params) for (const { name } of boundNames(parameter)) declare(inner, name)
    for (const parameter of node.params) declarations(parameter, inner)
    // parameters and body share one scope, so the body's block opens none
    for (const part of node.body.type === 'BlockStatement' ? children(node.body) : [node.body]) declarations(part, inner)
  }

  function assignments(node: AnyNode, scope: Scope): void {
    const inner = of(node, scope)
    for (const target of assigned(node)) {
      const binding = target.type === 'Identifier' ? resolve(target.name, inner) : undefined
      if (binding === undefined) continue
      binding.written = true
      if (binding.scope.owner !== inner.owner || inner.owner.suspends) binding.writtenInside = true
    }
    for (const child of children(node)) assignments(child, inner)
  }
}

function resolve(name: string, scope: Scope): Binding | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    const binding = at.names.get(name)
    if (binding !== undefined) return binding
  }
  return undefined
}

function open({ start, end }: AnyNode, parent: Scope | undefined, ownsVar: boolean, suspends = false): Scope {
  const scope: { -readonly [K in keyof Scope]: K extends 'owner' ? Scope | undefined : Scope[K] } = {
    parent,
    owner: parent?.owner,
    names: new Map(),
    suspends,
    start,
    end,
  }
  if (ownsVar) scope.owner = scope as Scope
  return scope as Scope // the program owns itself, everything else has a parent
}

/** True if the name already existed. */
function declare(scope: Scope, name: string): boolean {
  if (scope.names.has(name)) return true
  scope.names.set(name, { name, scope, written: false, writtenInside: false })
  return false
}
