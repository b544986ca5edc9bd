/** The shape of JavaScript's syntax tree: which fields of a node carry meaning. Positions, raw text and redundant flags do not. */
import type { AnyNode, Class, Expression, Function as FunctionSyntax, Identifier, MemberExpression, Node } from 'acorn'

type Fields = { readonly [T in AnyNode['type']]: readonly Exclude<keyof Extract<AnyNode, { type: T }>, keyof Node>[] }

/** Complete for the parser's grammar: a new node type in the parser is a compile error until it is listed here. */
export const fields: Fields = {
  Program: ['body'],
  ExpressionStatement: ['expression'],
  BlockStatement: ['body'],
  StaticBlock: ['body'],
  EmptyStatement: [],
  DebuggerStatement: [],
  WithStatement: ['object', 'body'],
  ReturnStatement: ['argument'],
  LabeledStatement: ['label', 'body'],
  BreakStatement: ['label'],
  ContinueStatement: ['label'],
  IfStatement: ['test', 'consequent', 'alternate'],
  SwitchStatement: ['discriminant', 'cases'],
  SwitchCase: ['test', 'consequent'],
  ThrowStatement: ['argument'],
  TryStatement: ['block', 'handler', 'finalizer'],
  CatchClause: ['param', 'body'],
  WhileStatement: ['test', 'body'],
  DoWhileStatement: ['body', 'test'],
  ForStatement: ['init', 'test', 'update', 'body'],
  ForInStatement: ['left', 'right', 'body'],
  ForOfStatement: ['await', 'left', 'right', 'body'],
  FunctionDeclaration: ['async', 'generator', 'id', 'params', 'body'],
  FunctionExpression: ['async', 'generator', 'id', 'params', 'body'],
  ArrowFunctionExpression: ['async', 'params', 'body'],
  VariableDeclaration: ['kind', 'declarations'],
  VariableDeclarator: ['id', 'init'],
  ClassDeclaration: ['id', 'superClass', 'body'],
  ClassExpression: ['id', 'superClass', 'body'],
  ClassBody: ['body'],
  MethodDefinition: ['static', 'kind', 'computed', 'key', 'value'],
  PropertyDefinition: ['static', 'computed', 'key', 'value'],
  PrivateIdentifier: ['name'],
  Identifier: ['name'],
  Literal: ['value'],
  ThisExpression: [],
  Super: [],
  ArrayExpression: ['elements'],
  ObjectExpression: ['properties'],
  Property: ['kind', 'method', 'computed', 'shorthand', 'key', 'value'],
  UnaryExpression: ['operator', 'argument'],
  UpdateExpression: ['operator', 'prefix', 'argument'],
  BinaryExpression: ['operator', 'left', 'right'],
  LogicalExpression: ['operator', 'left', 'right'],
  AssignmentExpression: ['operator', 'left', 'right'],
  ConditionalExpression: ['test', 'consequent', 'alternate'],
  MemberExpression: ['optional', 'computed', 'object', 'property'],
  CallExpression: ['optional', 'callee', 'arguments'],
  NewExpression: ['callee', 'arguments'],
  SequenceExpression: ['expressions'],
  ChainExpression: ['expression'],
  ParenthesizedExpression: ['expression'],
  YieldExpression: ['delegate', 'argument'],
  AwaitExpression: ['argument'],
  SpreadElement: ['argument'],
  TemplateLiteral: ['quasis', 'expressions'],
  TemplateElement: ['value'],
  TaggedTemplateExpression: ['tag', 'quasi'],
  ObjectPattern: ['properties'],
  ArrayPattern: ['elements'],
  RestElement: ['argument'],
  AssignmentPattern: ['left', 'right'],
  MetaProperty: ['meta', 'property'],
  ImportExpression: ['source', 'options'],
  ImportDeclaration: ['specifiers', 'source', 'attributes'],
  ImportSpecifier: ['imported', 'local'],
  ImportDefaultSpecifier: ['local'],
  ImportNamespaceSpecifier: ['local'],
  ImportAttribute: ['key', 'value'],
  ExportNamedDeclaration: ['declaration', 'specifiers', 'source', 'attributes'],
  ExportSpecifier: ['local', 'exported'],
  ExportDefaultDeclaration: ['declaration'],
  ExportAllDeclaration: ['exported', 'source', 'attributes'],
}

export type FunctionNode = Extract<AnyNode, { type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression' }>
export type ClassNode = Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>

export function isFunction(node: AnyNode): node is FunctionNode & FunctionSyntax {
  return node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
}

export function isClass(node: AnyNode): node is ClassNode & Class {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression'
}

/** The value of a node's field: a node, a list of nodes with gaps, a flag or a text. */
export function field(node: AnyNode, name: string): unknown {
  return (node as unknown as { readonly [field: string]: unknown })[name] // every name comes from `fields`
}

export function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** The children of a node, in order of execution or position. */
export function children(node: AnyNode): AnyNode[] {
  return fields[node.type].flatMap((name) => {
    const value = field(node, name)
    return Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
  })
}

/** The names and members that a pattern assigns to. */
function targets(pattern: AnyNode | null | undefined): (Identifier | MemberExpression)[] {
  switch (pattern?.type) {
    case 'Identifier':
    case 'MemberExpression':
      return [pattern]
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => targets(property.type === 'RestElement' ? property.argument : property.value))
    case 'ArrayPattern':
      return pattern.elements.flatMap(targets)
    case 'AssignmentPattern':
      return targets(pattern.left)
    case 'RestElement':
      return targets(pattern.argument)
    default:
      return []
  }
}

/** The names in a pattern, without members. */
export function boundNames(pattern: AnyNode | null | undefined): Identifier[] {
  return targets(pattern).filter((target) => target.type === 'Identifier')
}

/** The targets of an assignment in a statement or operator. */
export function assigned(node: AnyNode): (Identifier | MemberExpression)[] {
  if (node.type === 'AssignmentExpression') return targets(node.left)
  if (node.type === 'UpdateExpression') return targets(node.argument)
  if (node.type === 'UnaryExpression' && node.operator === 'delete') return targets(unchained(node.argument))
  if ((node.type === 'ForOfStatement' || node.type === 'ForInStatement') && node.left.type !== 'VariableDeclaration')
    return targets(node.left)
  return []
}

export function unchained(node: AnyNode): AnyNode {
  return node.type === 'ChainExpression' || node.type === 'ParenthesizedExpression' ? unchained(node.expression) : node
}

/** The text of a literal key: `a.b`, `a['b']`, a template without gaps, `a[0]`. Undefined if it is computed. */
export function staticKey(key: AnyNode, computed: boolean): string | undefined {
  if (!computed && key.type === 'Identifier') return key.name
  if (key.type === 'Literal' && (typeof key.value === 'string' || typeof key.value === 'number')) return String(key.value)
  if (key.type === 'TemplateLiteral' && key.expressions.length === 0) return key.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** `a` of `a.b[c].d`, with the path from it; a computed step is undefined. */
export function rootOf(node: AnyNode): { readonly root: Identifier; readonly path: readonly (string | undefined)[] } | undefined {
  const path: (string | undefined)[] = []
  let at = unchained(node)
  while (at.type === 'MemberExpression') {
    path.unshift(staticKey(at.property as Expression, at.computed)) // a private name has no static key, as no object outside shares it
    at = unchained(at.object)
  }
  return at.type === 'Identifier' ? { root: at, path } : undefined
}
