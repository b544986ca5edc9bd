/**
 * A unit's code without anything that does not affect its meaning: types, comments, layout, quotes, braces around one statement,
 * declared names. Names from outside become numbered slots. Forbidden operations are listed.
 */
import type { AnyNode, AssignmentProperty, CallExpression, Identifier, Literal, MemberExpression, Property, TemplateLiteral } from 'acorn'
import { type Use, unseeded } from './globals.ts'
import { assigned, type ClassNode, type FunctionNode, field, fields, isClass, isNode, staticKey, unchained } from './grammar.ts'
import { type File, Names } from './names.ts'
import type { Scope } from './scopes.ts'
import type { Free, Refusal } from './unit.ts'

/** Part of every fingerprint: increase it when the normalised form of the same code changes. */
export const formVersion = 2

export interface Normal {
  readonly form: string
  readonly free: readonly Free[]
  readonly refusals: readonly Refusal[]
}

/** The current place, and whether `this`, `super` and `arguments` there belong to the unit or to enclosing code. */
interface Place {
  readonly scope: Scope
  readonly ownThis: boolean
  readonly ownSuper: boolean
  readonly ownArguments: boolean
  /** It runs when the unit, a class, is defined. */
  readonly atDefinition: boolean
}

const branches = new Set(['IfStatement', 'WhileStatement', 'DoWhileStatement', 'ForStatement', 'ForInStatement', 'ForOfStatement'])
const branchFields = new Set(['consequent', 'alternate', 'body'])

/**
 * `sharesThis`: enclosing code has a `this` that an arrow function would share; otherwise `this` is undefined.
 */
export function normalise(root: FunctionNode | ClassNode, outer: Scope, sharesThis: boolean, file: File): Normal {
  const names = new Names(root, file)
  const form = print(root, { scope: outer, ownThis: !sharesThis, ownSuper: false, ownArguments: false, atDefinition: isClass(root) })
  return { form, free: names.free, refusals: names.refusals }

  function print(node: AnyNode, around: Place): string {
    const scope = file.scopes.of(node, around.scope)
    const place = scope === around.scope ? around : { ...around, scope }
    names.atDefinition = place.atDefinition
    for (const target of assigned(node)) if (target.type === 'MemberExpression') names.assignment(target, scope)
    switch (node.type) {
      case 'Identifier':
        return identifier(node, place)
      case 'Literal':
        return literal(node)
      case 'TemplateLiteral':
        return template(node, place)
      case 'TaggedTemplateExpression':
        return `(tagged ${print(node.tag, place)} ${node.quasi.quasis.map((part) => JSON.stringify(part.value.raw)).join(' ')} ${list(node.quasi.expressions, place)})`
      case 'ParenthesizedExpression':
        return print(node.expression, place)
      case 'ThisExpression':
        if (!place.ownThis) names.refuse('this', 'this', node.start)
        return 'this'
      case 'Super':
        if (!place.ownSuper) names.refuse('this', 'super', node.start)
        return 'super'
      case 'MetaProperty':
        if (node.meta.name === 'import') names.refuse('place', 'import.meta', node.start)
        else if (!place.ownThis) names.refuse('this', 'new.target', node.start)
        return `${node.meta.name}.${node.property.name}`
      case 'ImportExpression':
        names.refuse('import', 'import()', node.start)
        break
      case 'MemberExpression':
        return member(node, place)
      case 'PrivateIdentifier':
        return names.privateName(node.name)
      case 'NewExpression':
        if (names.isGlobal(node.callee, scope)) {
          const given = node.arguments.filter(({ type }) => type !== 'SpreadElement').length
          return `(new ${names.reference(node.callee, scope, { as: 'new', arguments: given })} ${list(node.arguments, place)})`
        }
        break
      case 'CallExpression':
        names.call(unchained(node.callee), scope)
        refuseUnseeded(node)
        if (names.isGlobal(node.callee, scope))
          return `(call${node.optional ? '?' : ''} ${names.reference(node.callee, scope, { as: 'call' })} ${list(node.arguments, place)})`
        return `(call${node.optional ? '?' : ''} ${print(node.callee, place)} ${list(node.arguments, place)})`
      case 'BinaryExpression':
        if (node.operator === 'instanceof' && names.isGlobal(node.right, scope))
          return `(instanceof ${print(node.left, place)} ${names.reference(node.right, scope, { as: 'instanceof' })})`
        break
      case 'ExpressionStatement':
        return `(do ${print(node.expression, place)})`
      case 'EmptyStatement':
        return '(block )'
      case 'BlockStatement':
        return `(block ${statements(node.body, place)})`
      case 'VariableDeclarator':
        return declarator(node.id, node.init, place)
      case 'LabeledStatement':
        return names.withLabel(node.label.name, (number) => `(label ${number} ${print(node.body, place)})`)
      case 'BreakStatement':
      case 'ContinueStatement':
        return `(${node.type}${node.label ? ` ${names.label(node.label.name)}` : ''})`
      case 'SwitchCase':
        return `(case ${node.test ? print(node.test, place) : '_'} ${statements(node.consequent, place)})`
      case 'Property':
        return property(node, place)
      case 'MethodDefinition':
        return `(${node.static ? 'static ' : ''}${node.kind} ${key(node.key, node.computed, place)} ${print(node.value, { ...place, ownSuper: true })})`
      case 'PropertyDefinition': {
        const atDefinition = place.atDefinition && node.static
        const inner = { ...place, ownThis: true, ownSuper: true, ownArguments: false, atDefinition }
        const value = node.value ? print(node.value, inner) : '_'
        return `(${node.static ? 'static ' : ''}field ${key(node.key, node.computed, place)} ${value})`
      }
      case 'StaticBlock':
        return `(static ${statements(node.body, { ...place, ownThis: true, ownSuper: true, ownArguments: false })})`
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return functionForm(node, around.scope, place)
      case 'ClassDeclaration':
      case 'ClassExpression':
        return classForm(node, around.scope, place)
    }
    return generic(node, place)
  }

  /** Default form: every field that carries meaning, by name. */
  function generic(node: AnyNode, place: Place): string {
    const parts = fields[node.type].map((name: string) => {
      const value = field(node, name)
      if (Array.isArray(value)) return `[${list(value as (AnyNode | null)[], place)}]` // a list in a syntax tree contains nodes and gaps
      if (!isNode(value)) return value === null || value === undefined ? '_' : `${name}=${JSON.stringify(value)}`
      return branches.has(node.type) && branchFields.has(name) ? branch(value, place) : print(value, place)
    })
    return `(${node.type} ${parts.join(' ')})`
  }

  /** A statement and the same statement in braces have the same form. */
  function branch(node: AnyNode, place: Place): string {
    return node.type === 'BlockStatement' || node.type === 'EmptyStatement' ? print(node, place) : `(block ${statements([node], place)})`
  }

  function list(nodes: readonly (AnyNode | null)[], place: Place): string {
    return nodes.map((node) => (node ? print(node, place) : '_')).join(' ')
  }

  function statements(nodes: readonly AnyNode[], place: Place): string {
    return nodes
      .filter((node) => node.type !== 'EmptyStatement' && !(node.type === 'ExpressionStatement' && node.directive !== undefined))
      .flatMap((node) =>
        node.type === 'VariableDeclaration'
          ? node.declarations.map(({ id, init }) => `(${node.kind} ${declarator(id, init, place)})`)
          : [print(node, place)],
      )
      .join(' ')
  }

  function declarator(id: AnyNode, init: AnyNode | null | undefined, place: Place): string {
    if (init && id.type === 'ObjectPattern' && names.isGlobal(init, place.scope)) {
      const keys = id.properties.map((one) => (one.type === 'Property' ? staticKey(one.key, one.computed) : undefined))
      return `${print(id, place)} ${names.reference(init, place.scope, { as: 'members', keys })}`
    }
    return init ? `${print(id, place)} ${print(init, place)}` : print(id, place)
  }

  function identifier(node: Identifier, place: Place, use?: Use): string {
    if (node.name === 'arguments' && names.isGlobal(node, place.scope)) {
      if (!place.ownArguments) names.refuse('this', 'arguments', node.start)
      return 'arguments'
    }
    return names.reference(node, place.scope, use)
  }

  function literal({ value, regex }: Literal): string {
    if (regex) return `/${regex.pattern}/${[...regex.flags].sort().join('')}`
    if (typeof value === 'bigint') return `${value}n`
    return typeof value === 'string' ? JSON.stringify(value) : String(value)
  }

  function template({ quasis, expressions }: TemplateLiteral, place: Place): string {
    const texts = quasis.map(({ value }) => JSON.stringify(value.cooked))
    if (expressions.length === 0) return texts[0]!
    return `(template ${texts.map((text, i) => (i < expressions.length ? `${text} ${print(expressions[i]!, place)}` : text)).join(' ')})`
  }

  function member(node: MemberExpression, place: Place): string {
    const object = unchained(node.object)
    const name = node.property.type === 'PrivateIdentifier' ? undefined : staticKey(node.property, node.computed)
    const whole = names.namespaceMember(object, name, place.scope)
    if (whole !== undefined) return whole
    const use: Use = { as: 'members', keys: [name] }
    const left = object.type === 'Identifier' ? identifier(object, place, use) : print(node.object, place)
    return `(get${node.optional ? '?' : ''} ${left} ${key(node.property, node.computed, place)})`
  }

  function refuseUnseeded({ callee, arguments: given }: CallExpression): void {
    const [method, holder] = [
      nameOf(unchained(callee)),
      nameOf(unchained((unchained(callee) as Partial<MemberExpression>).object ?? callee)),
    ]
    if (given.some(({ type }) => type === 'SpreadElement') || !unseeded(holder, method, given.length)) return
    names.refuse('unseeded', `tf.${method} without a seed`, callee.start)
  }

  /** `a.b` and `a['b']`, `{ b }`, `{ 'b': b }` and `{ ['b']: b }` name the same member. */
  function key(node: AnyNode, computed: boolean, place: Place): string {
    if (node.type === 'PrivateIdentifier') return names.privateName(node.name)
    const text = staticKey(node, computed)
    return text === undefined ? `[${print(node, place)}]` : `.${JSON.stringify(text)}`
  }

  function property(node: Property | AssignmentProperty, place: Place): string {
    const method = node.method || node.kind !== 'init'
    const name = key(node.key, node.computed, place)
    // `__proto__: value` sets the prototype; every other spelling creates a member
    const prototype = name === '."__proto__"' && !node.computed && !node.shorthand && !method
    const value = print(node.value, method ? { ...place, ownSuper: true } : place)
    return `(${prototype ? 'prototype' : method ? `method ${node.kind}` : 'member'} ${name} ${value})`
  }

  function functionForm(node: FunctionNode, around: Scope, place: Place): string {
    const arrow = node.type === 'ArrowFunctionExpression'
    const inner = { ...place, ...(arrow ? {} : { ownThis: true, ownArguments: true }), atDefinition: false }
    const name = node.type === 'FunctionDeclaration' && node.id && node !== root ? `${names.reference(node.id, around)} ` : ''
    const kind = `${node.async ? 'async ' : ''}${arrow ? 'arrow' : 'function'}${node.generator ? '*' : ''}`
    const body = node.body.type === 'BlockStatement' ? statements(node.body.body, inner) : `(ReturnStatement ${print(node.body, inner)})`
    return `(${kind} ${name}[${list(node.params, inner)}] ${body})`
  }

  function classForm(node: ClassNode, around: Scope, place: Place): string {
    const name = node.type === 'ClassDeclaration' && node.id && node !== root ? `${names.reference(node.id, around)} ` : ''
    return `(class ${name}${node.superClass ? print(node.superClass, place) : '_'} [${list(node.body.body, place)}])`
  }
}

/** `b` of `a.b` and of `b`. */
function nameOf(node: AnyNode): string | undefined {
  if (node.type === 'MemberExpression') return staticKey(node.property, node.computed)
  return node.type === 'Identifier' ? node.name : undefined
}
