/** Translates an ONNX file into our layers, with weights in our order. */
import { type Draft, Drafts, type Translated } from '../../import/drafts.ts'
import { importProblems, type Where } from '../../import/problems.ts'
import { type Constant, constantOf, Folding } from './constant.ts'
import type { ModelProto, TensorProto, ValueProto } from './model-proto.ts'
import { Operator, type Translation } from './operator.ts'
import { operators } from './operators/registry.ts'
import { type Computed, isComputed, naturalOrder, ordered, pictureOrder, reshaped, unmixed, type Value } from './value.ts'

/** Supported versions of the operator set. */
const opsets = { least: 7, most: 23 }

/** @param outside bytes of a constant in another file @throws ImportProblem */
export function translated(model: ModelProto, outside: (tensor: TensorProto, bytes: number) => Uint8Array): Translated {
  const { opset, nodes } = model
  if (!(opset >= opsets.least && opset <= opsets.most))
    throw importProblems.outside('its operators are of another set', { 'operator set': opset, read: `${opsets.least} to ${opsets.most}` })
  const constants = new Map(model.constants.map((tensor) => [tensor.name, constantOf(tensor, outside)]))
  const input = inputOf(model, constants)
  const { sizes, batch, order, tokens } = examples(
    input,
    nodes.filter(({ inputs }) => inputs.includes(input.name)),
  )
  const drafts = new Drafts(order.map((axis) => sizes[axis]!))
  const of: Translation = {
    drafts,
    folding: new Folding(),
    opset,
    batch,
    read: new Set([...nodes.flatMap(({ inputs }) => inputs), ...model.outputs.map(({ name }) => name)]),
  }
  const values = new Map<string, Value>(constants)
  values.set(input.name, { draft: drafts.input, shape: [Number.NaN, ...sizes.slice(1)], order, ...(tokens ? { tokens } : {}) })
  for (const node of nodes) {
    const where: Where = { kind: node.operator, name: node.name || node.outputs[0] || '' }
    const given = node.inputs.map((name) => {
      const value = name === '' ? undefined : values.get(name)
      if (name !== '' && value === undefined) throw importProblems.unfit(where, `it reads ${name}, which nothing before it gives`)
      return value
    })
    const translate = node.domain === '' && Object.hasOwn(operators, node.operator) ? operators[node.operator] : undefined
    if (translate === undefined)
      throw importProblems.unknownOperator(
        { ...where, kind: node.domain === '' ? node.operator : `${node.domain}.${node.operator}` },
        Object.keys(operators),
      )
    const operator = new Operator(of, node, given)
    const made = translate(operator)
    operator.settle()
    for (const [i, value] of (Array.isArray(made) ? (made as readonly Value[]) : [made as Value]).entries()) {
      const name = node.outputs[i] ?? ''
      if (values.has(name)) throw importProblems.unfit(where, `it gives ${name}, which is there already`)
      if (name !== '') values.set(name, value)
    }
  }
  return drafts.translated(logits(drafts, model.outputs, values, tokens === true))
}

/** The only input that is not a constant. */
function inputOf({ inputs }: ModelProto, constants: ReadonlyMap<string, Constant>): ValueProto {
  const [input, ...others] = inputs.filter(({ name }) => !constants.has(name))
  if (input !== undefined && others.length === 0) return input
  const names = inputs.map(({ name }) => name).join(', ')
  throw importProblems.outside(input === undefined ? 'it has no input' : 'it has several inputs', { inputs: names || 'none' })
}

interface Examples {
  /** Sizes in the file's order; the first is the batch. */
  readonly sizes: readonly number[]
  readonly batch: number | undefined
  /** ONNX's axes, listed in our order. */
  readonly order: readonly number[]
  readonly tokens: true | undefined
}

/** Images, sequences or tokens. Images are channels-first, unless the first operators transpose them to it. */
function examples({ name, shape, type }: ValueProto, readers: ModelProto['nodes']): Examples {
  const tokens = (type === 6 || type === 7) && shape?.length === 2 ? true : undefined
  if (type !== 1 && !tokens) throw importProblems.outside('its input is not float32', { input: name, 'type of data': type })
  if (shape === undefined || !(tokens || shape.length === 4 || shape.length === 3))
    throw importProblems.outside('its input is no batch of images or sequences', {
      input: name,
      shape: shape === undefined ? 'unknown' : `[${shape.join(', ')}]`,
    })
  const [batch, ...rest] = shape
  const open = rest.find((size) => typeof size === 'string' || !(Number.isSafeInteger(size) && size > 0))
  if (open !== undefined)
    throw importProblems.outside('a size of its input is open that is not the batch', { input: name, shape: `[${shape.join(', ')}]`, open })
  const turns =
    readers.length > 0 &&
    readers.every(({ operator, attributes }) => operator === 'Transpose' && String(attributes.get('perm')) === '0,3,1,2')
  return {
    sizes: shape.map(Number),
    batch: typeof batch === 'number' && batch > 0 ? batch : undefined,
    order: shape.length === 4 && !turns ? pictureOrder : shape.slice(1).map((_, i) => i + 1),
    tokens,
  }
}

/** The output as logits: a final softmax is removed, since training and evaluation need logits. For tokens, one row per token. */
function logits(drafts: Drafts, outputs: readonly ValueProto[], values: ReadonlyMap<string, Value>, perToken: boolean): Draft {
  const [output, ...more] = outputs
  if (output === undefined || more.length > 0)
    throw importProblems.outside('it does not have one output', { outputs: outputs.map(({ name }) => name).join(', ') || 'none' })
  const value = values.get(output.name)
  if (value === undefined || !isComputed(value) || value.tokens)
    throw importProblems.outside('nothing is computed of its input', { output: output.name })
  const where = { kind: 'output', name: output.name }
  const ending = withoutSoftmax(value)
  const [batch, length, ...others] = ending.shape
  if (!Number.isNaN(batch) || ending.within !== undefined || length === undefined)
    throw importProblems.outside('its output does not have the batch first', { output: output.name })
  if (perToken && others.length === 1) {
    const rows = ordered(drafts, where, unmixed(drafts, where, ending), naturalOrder(ending))
    if (rows.shape[0] === drafts.input.shape[0]) return rows
  }
  if (others.some((size) => size !== 1))
    throw importProblems.outside('it gives no row of logits', {
      output: output.name,
      shape: `[batch, ${ending.shape.slice(1).join(', ')}]`,
    })
  const plain = unmixed(drafts, where, ending)
  const last = ordered(drafts, where, plain, plain.order.length === 0 ? naturalOrder(plain) : plain.order)
  const row = reshaped(drafts, where, last, [plain.shape[1]!])
  return row === drafts.input ? drafts.add('Activation', where, { from: [row], shape: row.shape, options: { activation: 'linear' } }) : row
}

function withoutSoftmax(value: Computed): Computed {
  const { draft } = value
  return draft.kind === 'Activation' && draft.options.activation === 'softmax' ? { ...value, draft: draft.from[0]! } : value
}
