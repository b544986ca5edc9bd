/** Attributes of a graph's nodes. */
import type { Attr } from './attributes.ts'
import type { CApi, Ptr } from './capi.ts'
import { int64s } from './metadata.ts'

/** @param type as the operation declares it, e.g. `list(int)` @returns whether this type is supported */
export function setNodeAttr(c: CApi, node: Ptr, { name, value }: Attr, type: string): boolean {
  switch (type) {
    case 'string':
      c.nodeString(node, name, value, Buffer.byteLength(value))
      return true
    case 'int':
      c.nodeInt(node, name, value)
      return true
    case 'list(int)':
      c.nodeInts(node, name, int64s(value), value.length)
      return true
    case 'float':
      c.nodeFloat(node, name, value)
      return true
    case 'bool':
      c.nodeBool(node, name, value ? 1 : 0)
      return true
    case 'type':
      c.nodeType(node, name, value)
      return true
    case 'list(type)': {
      const types = [value].flat()
      c.nodeTypes(node, name, types, types.length)
      return true
    }
    case 'shape':
      c.nodeShape(node, name, int64s(value), value.length)
      return true
    default:
      return false
  }
}
