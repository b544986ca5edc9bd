/** ONNX export of the layer kinds that only imported networks have. */
import type { PointwiseFunction } from '../../../stdlib/models/blocks/computations.ts'
import { pair } from '../window.ts'
import { activated } from './activation.ts'
import type { Graph } from './graph.ts'
import type { LayerToWrite, WriteLayer } from './layer.ts'
import { float, type Node } from './model.ts'

/** Permutations of an image's axes between our order and ONNX's; other values have the same order in both. */
const [toOurs, toTheirs] = [
  [0, 2, 3, 1],
  [0, 3, 1, 2],
] as const

const turned = (graph: Graph, name: string, value: string, example: readonly number[], perm: readonly number[]): string =>
  example.length === 3 ? graph.add('Transpose', name, [value], { perm }) : value

/** Writes a layer for values in our axis order, with transpositions of images before and after it. */
export const inOurOrder =
  (write: (layer: LayerToWrite, graph: Graph, input: string) => string): WriteLayer =>
  (layer, graph) => {
    const input = turned(graph, `${layer.name}/channels_last`, layer.inputs[0]!, layer.from, toOurs)
    return turned(graph, `${layer.name}/channels_first`, write(layer, graph, input), layer.to, toTheirs)
  }

/** The index in ONNX of one of our axes. */
const axisThere = (axis: number, rank: number): number => {
  const here = axis < 0 ? axis + rank : axis
  return rank === 4 ? toOurs[here]! : here
}

const pairwise =
  (operator: string): WriteLayer =>
  ({ name, inputs }, graph) =>
    inputs
      .slice(1)
      .reduce((made, each, i) => graph.add(operator, i + 2 === inputs.length ? name : `${name}/${i}`, [made, each]), inputs[0]!)

/** Reverses an axis. */
export const lastFirst = (graph: Graph, name: string, value: string, axis: number): string =>
  graph.add('Slice', name, [
    value,
    ...[-1, -(2 ** 31), axis, -1].map((each, i) => graph.integers(`${name}/${['begin', 'end', 'axis', 'step'][i]}`, [each])),
  ])

type Steps = (of: {
  readonly x: string
  readonly a: number
  readonly b: number
  /** Adds an operator on a value and, optionally, numbers, another value, or attributes. */
  readonly op: (operator: string, from: string, other?: number | readonly number[] | string | Node['attributes']) => string
}) => string

const functions: { readonly [F in PointwiseFunction]: Steps } = {
  add: ({ x, a, op }) => op('Add', x, a),
  multiply: ({ x, a, op }) => op('Mul', x, a),
  subtractFrom: ({ x, a, op }) => op('Add', op('Neg', x), a),
  divide: ({ x, a, op }) => op('Mul', op('Reciprocal', x), a),
  power: ({ x, a, op }) => op('Pow', x, a),
  clip: ({ x, a, b, op }) => op('Clip', x, [a, b]),
  hardSigmoid: ({ x, a, b, op }) => op('HardSigmoid', x, { alpha: float(a), beta: float(b) }),
  hardSwish: ({ x, op }) => op('HardSwish', x),
  gelu: ({ x, op }) => op('Mul', op('Mul', x, 0.5), op('Add', op('Erf', op('Mul', x, Math.SQRT1_2)), 1)),
  geluTanh: ({ x, op }) => {
    const inner = op('Mul', op('Add', x, op('Mul', op('Mul', op('Mul', x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))
    return op('Mul', op('Mul', x, 0.5), op('Add', op('Tanh', inner), 1))
  },
  mish: ({ x, op }) => op('Mul', x, op('Tanh', op('Softplus', x))),
  erf: ({ x, op }) => op('Erf', x),
  exp: ({ x, op }) => op('Exp', x),
  log: ({ x, op }) => op('Log', x),
  sqrt: ({ x, op }) => op('Sqrt', x),
  abs: ({ x, op }) => op('Abs', x),
}

export const computationKinds: { readonly [kind: string]: WriteLayer } = {
  Pointwise({ name, config, inputs }, graph) {
    let steps = 0
    const op: Parameters<Steps>[0]['op'] = (operator, from, other = []) => {
      const step = `${name}/${steps++}`
      if (typeof other === 'string') return graph.add(operator, step, [from, other])
      if (typeof other === 'object' && !Array.isArray(other)) return graph.add(operator, step, [from], other as Node['attributes'])
      const constants = [other].flat().map((number, i) => graph.constant(`${step}/constant${i}`, [], Float32Array.of(number as number)))
      return graph.add(operator, step, [from, ...constants])
    }
    return functions[config.function as PointwiseFunction]({ x: inputs[0]!, a: Number(config.a ?? 0), b: Number(config.b ?? 0), op })
  },

  Scale: inOurOrder((layer, graph, input) => {
    const { name } = layer
    const by = (operator: string, role: string, from: string): string => {
      const weight = layer.weight(role)
      return weight === undefined
        ? from
        : graph.add(operator, `${name}/${operator}`, [from, graph.constant(`${name}/${role}`, weight.shape, weight.data)])
    }
    return by('Add', 'beta', by('Mul', 'gamma', input))
  }),

  LayerNormalization: inOurOrder((layer, graph, input) => {
    const { name, config, from } = layer
    const size = from.at(-1)!
    const gamma = layer.weight('gamma') ?? { shape: [size], data: new Float32Array(size).fill(1) }
    const beta = layer.weight('beta') ?? { shape: [size], data: new Float32Array(size) }
    const weights = [graph.constant(`${name}/gamma`, gamma.shape, gamma.data), graph.constant(`${name}/beta`, beta.shape, beta.data)]
    return graph.add('LayerNormalization', name, [input, ...weights], { axis: -1, epsilon: float(Number(config.epsilon)) })
  }),

  Subtract: pairwise('Sub'),
  Multiply: pairwise('Mul'),
  Divide: pairwise('Div'),
  Maximum: pairwise('Max'),
  Minimum: pairwise('Min'),
  Average: ({ name, inputs }, graph) => graph.add('Mean', name, inputs),

  AsMap: ({ name, inputs }, graph) => graph.add('Unsqueeze', name, [inputs[0]!, graph.integers(`${name}/axes`, [2, 3])]),

  LowestPadding2D({ name, config, inputs }, graph) {
    const [[top, bottom], [left, right]] = config.padding as readonly [readonly [number, number], readonly [number, number]]
    const lowest = graph.constant(`${name}/lowest`, [], Float32Array.of(-3.4028234663852886e38))
    return graph.add('Pad', name, [inputs[0]!, graph.integers(`${name}/pads`, [0, 0, top, left, 0, 0, bottom, right]), lowest])
  },

  Slice({ name, config, inputs, from }, graph) {
    const part = [config.begin, config.end, axisThere(Number(config.axis), from.length + 1)].map((value, i) =>
      graph.integers(`${name}/${['begin', 'end', 'axis'][i]}`, [Number(value)]),
    )
    return graph.add('Slice', name, [inputs[0]!, ...part])
  },

  Reverse: ({ name, config, inputs, from }, graph) => lastFirst(graph, name, inputs[0]!, axisThere(Number(config.axis), from.length + 1)),

  MatMul({ name, inputs, from, to }, graph) {
    const [a, b] = inputs.map((each, i) => turned(graph, `${name}/channels_last${i + 1}`, each, from, toOurs)) as [string, string]
    const whole = to.length === 3 ? `${name}/product` : name
    return turned(graph, name, graph.add('MatMul', whole, [a, b]), to, toTheirs)
  },

  /** Repeated for each example of the batch, whose size is taken from the input. */
  Constant(layer, graph) {
    const { name, inputs, to } = layer
    const { shape, data } = layer.weight('constant')!
    const value = graph.constant(`${name}/constant`, [1, ...shape], data)
    const count = graph.add('Shape', `${name}/examples`, [inputs[0]!], { start: 0, end: 1 })
    const sizes = graph.add('Concat', `${name}/shape`, [count, graph.integers(`${name}/sizes`, shape)], { axis: 0 })
    const expanded = graph.add('Expand', to.length === 3 ? `${name}/each` : name, [value, sizes])
    return turned(graph, name, expanded, to, toTheirs)
  },

  Cropping2D({ name, config, inputs, from }, graph) {
    const [[top, bottom], [left, right]] = config.cropping as readonly [readonly [number, number], readonly [number, number]]
    const [begin, end] = [
      [top, left],
      [from[0]! - bottom, from[1]! - right],
    ] as const
    const part = [begin, end, [2, 3]].map((values, i) => graph.integers(`${name}/${['begin', 'end', 'axes'][i]}`, values))
    return graph.add('Slice', name, [inputs[0]!, ...part])
  },

  /** Kernel [window, out, in] → [in, out, window]; output beyond `to` is cropped at the end. */
  Conv2DTranspose(layer, graph) {
    const { name, config, inputs, from, to } = layer
    const { shape, data } = layer.weight('kernel')!
    const [height, width, filters, channels] = shape as [number, number, number, number]
    const pixels = height * width
    const kernel = data.map((_, at) => {
      const [channel, filter, pixel] = [Math.floor(at / pixels / filters), Math.floor(at / pixels) % filters, at % pixels]
      return data[(pixel * filters + filter) * channels + channel]!
    })
    const strides = pair(config.strides)
    // TensorFlow's `same` crops as much as the corresponding convolution would pad.
    const missing = [height, width].map((size, axis) => (from[axis]! - 1) * strides[axis]! + size - to[axis]!)
    const cut = missing.map((each) => Math.max(0, each))
    const pads = [...cut.map((each) => Math.floor(each / 2)), ...cut.map((each) => Math.ceil(each / 2))]
    const more = missing.map((each) => Math.max(0, -each))
    const bias = layer.weight('bias')
    const read = [
      inputs[0]!,
      graph.constant(`${name}/kernel`, [channels, filters, height, width], kernel),
      ...(bias === undefined ? [] : [graph.constant(`${name}/bias`, bias.shape, bias.data)]),
    ]
    return activated(layer, graph, (as) =>
      graph.add('ConvTranspose', as, read, { kernel_shape: [height, width], strides, pads, output_padding: more }),
    )
  },

  UpSampling2D({ name, config, inputs }, graph) {
    const scales = graph.constant(`${name}/scales`, [4], Float32Array.from([1, 1, ...pair(config.size)]))
    return graph.add('Resize', name, [inputs[0]!, '', scales])
  },

  Reshape: inOurOrder(({ name, to }, graph, input) => graph.add('Reshape', name, [input, graph.integers(`${name}/shape`, [-1, ...to])])),

  Permute: inOurOrder(({ name, config }, graph, input) =>
    graph.add('Transpose', name, [input], { perm: [0, ...(config.dims as readonly number[])] }),
  ),

  GlobalAveragePooling1D: ({ name, inputs }, graph) => graph.add('ReduceMean', name, inputs, { axes: [1], keepdims: 0 }),

  /** In our multi-head attention, entry r of head h is at index h + heads · r. */
  Attention({ name, config, inputs, from }, graph) {
    const [length, width] = from as readonly [number, number]
    const { size, causal } = config as { readonly size: number; readonly causal: boolean }
    const shape = graph.integers(`${name}/by_head`, [-1, length, size, width / size])
    const byHead = (role: string, input: string, perm: readonly number[]) =>
      graph.add('Transpose', `${name}/${role}`, [graph.add('Reshape', `${name}/${role}/numbers`, [input, shape])], { perm })
    const [queries, keys, values] = inputs as readonly [string, string, string]
    const products = graph.add('MatMul', `${name}/products`, [byHead('queries', queries, [0, 3, 1, 2]), byHead('keys', keys, [0, 3, 2, 1])])
    const scale = graph.constant(`${name}/scale`, [], Float32Array.of(1 / Math.sqrt(size)))
    const scaled = graph.add('Mul', `${name}/scaled`, [products, scale])
    const later = Float32Array.from({ length: length * length }, (_, at) => (at % length > Math.floor(at / length) ? -1e9 : 0))
    const seen = causal ? graph.add('Add', `${name}/seen`, [scaled, graph.constant(`${name}/later`, [length, length], later)]) : scaled
    const weights = graph.add('Softmax', `${name}/weights`, [seen], { axis: -1 })
    const given = graph.add('MatMul', `${name}/given`, [weights, byHead('values', values, [0, 3, 1, 2])])
    const together = graph.add('Transpose', `${name}/together`, [given], { perm: [0, 2, 3, 1] })
    return graph.add('Reshape', name, [together, graph.integers(`${name}/whole`, [-1, length, width])])
  },

  Positions(layer, graph) {
    const { shape, data } = layer.weight('positions')!
    return graph.add('Add', layer.name, [layer.inputs[0]!, graph.constant(`${layer.name}/positions`, shape, data)])
  },

  ELU: ({ name, config, inputs }, graph) => graph.add('Elu', name, inputs, { alpha: float(Number(config.alpha ?? 1)) }),

  Concatenate: ({ name, config, inputs, to }, graph) =>
    graph.add('Concat', name, inputs, { axis: axisThere(Number(config.axis ?? -1), to.length + 1) }),

  Softmax: ({ name, config, inputs, from }, graph) =>
    graph.add('Softmax', name, inputs, { axis: axisThere(Number(config.axis), from.length + 1) }),

  SpatialDropout2D: ({ inputs }) => inputs[0]!,
}
