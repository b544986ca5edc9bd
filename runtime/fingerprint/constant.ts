/** Literal constants as text for a fingerprint, read from the code. */
import type { AnyNode } from 'acorn'
import { primitiveForm } from './descriptors.ts'

/** `3`, `-1`, `'a'`; undefined for computed or mutable values. */
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
    default:
      return undefined
  }
}
