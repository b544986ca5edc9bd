/** Literal constants as the text their value has in a fingerprint, read from the code alone. */
import type { AnyNode } from 'acorn'
import { staticKey } from './grammar.ts'
import { listForm, membersForm, primitiveForm } from './value.ts'

/** `3`, `-1`, `'a'`, `[1, [2]]`, `{ a: 1 }`; undefined for anything that has to be computed. */
export function constantForm(node: AnyNode): string | undefined {
  switch (node.type) {
    case 'Literal':
      return node.regex ? undefined : primitiveForm(node.value as string | number | bigint | boolean | null)
    case 'UnaryExpression':
      return node.operator === '-' && node.argument.type === 'Literal' && typeof node.argument.value === 'number'
        ? primitiveForm(-node.argument.value)
        : undefined
    case 'TemplateLiteral':
      return node.expressions.length === 0 ? primitiveForm(node.quasis[0]!.value.cooked!) : undefined
    case 'ArrayExpression': {
      const items = node.elements.map((item) => (item === null ? undefined : constantForm(item)))
      return items.every((item) => item !== undefined) ? listForm(items) : undefined
    }
    case 'ObjectExpression': {
      const members = node.properties.map((one) => {
        const key = one.type === 'Property' && one.kind === 'init' && !one.method ? staticKey(one.key, one.computed) : undefined
        const value = one.type === 'Property' ? constantForm(one.value) : undefined
        return key === undefined || value === undefined || key === '__proto__' ? undefined : ([key, value] as const)
      })
      // a repeated or numeric key moves to another place in the object
      if (!members.every((one) => one !== undefined) || new Set(members.map(([key]) => key)).size < members.length) return undefined
      return members.some(([key]) => /^\d+$/.test(key)) ? undefined : membersForm(members)
    }
    default:
      return undefined
  }
}
