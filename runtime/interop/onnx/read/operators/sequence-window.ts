/** Windows over sequences [batch, channels, length], translated by the same operators as images of height 1. */
import type { Attribute, NodeProto } from '../model-proto.ts'
import { Operator, type Translate } from '../operator.ts'
import { isComputed, type Value } from '../value.ts'
import { withAxes } from './shape.ts'

/** Values for the height that are added to attributes of the length. */
const ofHeight: { readonly [attribute: string]: number } = { kernel_shape: 1, strides: 1, dilations: 1, pads: 0 }

export const alsoOverSequences =
  (translate: Translate): Translate =>
  (operator) => {
    const sequence = operator.computed()
    if (sequence.shape.length !== 3) return translate(operator)
    const { node } = operator
    // The widened operator below rejects unread attributes; mark all as read here.
    for (const name of node.attributes.keys()) operator.tensor(name)
    const attributes = new Map([...node.attributes].map(([name, value]) => [name, widened(name, value)] as const))
    const inputs = node.inputs.map((_, i) => {
      const value = operator.optional(i)
      return value === undefined ? undefined : high(operator, value)
    })
    const widenedNode: NodeProto = { ...node, attributes }
    const wide = new Operator(operator.of, widenedNode, inputs)
    const made = translate(wide) as Value
    wide.settle()
    return isComputed(made) ? withAxes(operator, made, made.shape.toSpliced(2, 1)) : made
  }

/** Adds a height axis of size 1 to kernels and sequences, which have three axes; a bias is unchanged. */
function high(operator: Operator, value: Value): Value {
  if (value.shape.length !== 3) return value
  const shape = value.shape.toSpliced(2, 0, 1)
  return isComputed(value) ? withAxes(operator, value, shape) : { ...value, shape }
}

/** Adds the height to begin and end values. */
function widened(name: string, value: Attribute): Attribute {
  const added = ofHeight[name]
  if (added === undefined || !Array.isArray(value) || value.length > 2) return value
  return (value as readonly number[]).flatMap((each) => [added, each])
}
