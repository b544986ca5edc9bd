/** Translation of each kind of Keras layer. */
import { sizeOf } from '../../../stdlib/network.ts'
import type { Draft } from '../import/drafts.ts'
import { activated, ownActivation } from './activation.ts'
import type { Layer, Pair } from './layer.ts'

type Translate = (layer: Layer) => Draft

interface Slid {
  readonly options: {
    readonly kernelSize: number[]
    readonly strides: number[]
    readonly padding: 'same' | 'valid'
    readonly dilationRate: number[]
  }
  readonly size: Pair
  readonly sizes: Pair
}

function windowOf(layer: Layer, from: Draft, kernel: string, without?: Pair): Slid {
  layer.channelsLast()
  const [size, groups] = [layer.pair(kernel), layer.whole('groups', 1)]
  if (groups !== 1) throw layer.refused('groups', groups, '1')
  const [strides, dilations] = [layer.pair('strides', without ?? [1, 1]), layer.pair('dilation_rate', [1, 1])]
  const padding = layer.word('padding', ['valid', 'same'], 'valid')
  if (strides.some((each) => each > 1) && dilations.some((each) => each > 1))
    throw layer.refused('dilation_rate', dilations, 'with strides of 1')
  const sizes = ([0, 1] as const).map((axis) => {
    const [all, reach] = [from.shape[axis]!, (size[axis] - 1) * dilations[axis] + 1]
    return padding === 'same' ? Math.ceil(all / strides[axis]) : Math.floor((all - reach) / strides[axis]) + 1
  }) as unknown as Pair
  return { options: { kernelSize: [...size], strides: [...strides], padding, dilationRate: [...dilations] }, size, sizes }
}

const biasOf = (layer: Layer, useBias: boolean, size: number) => (useBias ? { bias: layer.weight('bias', [size]) } : {})

const convolution: Translate = (layer) => {
  const from = layer.picture
  const { options, size, sizes } = windowOf(layer, from, 'kernel_size')
  const [filters, useBias] = [layer.whole('filters'), layer.flag('use_bias', true)]
  const weights = { kernel: layer.weight('kernel', [...size, from.shape[2]!, filters]), ...biasOf(layer, useBias, filters) }
  return activated(layer, layer.add('Conv2D', [...sizes, filters], { ...options, filters, useBias, ...ownActivation(layer) }, weights))
}

const depthwise: Translate = (layer) => {
  const from = layer.picture
  const { options, size, sizes } = windowOf(layer, from, 'kernel_size')
  if (options.strides[0] !== options.strides[1]) throw layer.refused('strides', options.strides, 'of one size')
  const [multiple, useBias] = [layer.whole('depth_multiplier', 1), layer.flag('use_bias', true)]
  const channels = from.shape[2]! * multiple
  const weights = { kernel: layer.weight('depthwise_kernel', [...size, from.shape[2]!, multiple]), ...biasOf(layer, useBias, channels) }
  return activated(
    layer,
    layer.add(
      'DepthwiseConv2D',
      [...sizes, channels],
      { ...options, depthMultiplier: multiple, useBias, ...ownActivation(layer) },
      weights,
    ),
  )
}

/** A depthwise convolution followed by a 1 × 1 convolution. */
const separable: Translate = (layer) => {
  const from = layer.picture
  const { options, size, sizes } = windowOf(layer, from, 'kernel_size')
  if (options.strides[0] !== options.strides[1]) throw layer.refused('strides', options.strides, 'of one size')
  const [multiple, filters, useBias] = [layer.whole('depth_multiplier', 1), layer.whole('filters'), layer.flag('use_bias', true)]
  const channels = from.shape[2]! * multiple
  const deep = layer.drafts.add(
    'DepthwiseConv2D',
    { ...layer.where, name: `${layer.where.name}/depthwise` },
    {
      from: [from],
      shape: [...sizes, channels],
      options: { ...options, depthMultiplier: multiple, useBias: false },
      weights: { kernel: layer.weight('depthwise_kernel', [...size, from.shape[2]!, multiple]) },
    },
  )
  const weights = { kernel: layer.weight('pointwise_kernel', [1, 1, channels, filters]), ...biasOf(layer, useBias, filters) }
  const pointwise = { kernelSize: [1, 1], filters, useBias, ...ownActivation(layer) }
  return activated(layer, layer.add('Conv2D', [...sizes, filters], pointwise, weights, [deep]))
}

const transposed: Translate = (layer) => {
  const from = layer.picture
  const { options, size } = windowOf(layer, from, 'kernel_size')
  const [filters, useBias] = [layer.whole('filters'), layer.flag('use_bias', true)]
  if (layer.option('output_padding') !== undefined) throw layer.refused('output_padding', layer.option('output_padding'), 'none')
  if (options.dilationRate.some((each) => each !== 1)) throw layer.refused('dilation_rate', options.dilationRate, '1')
  const sizes = size.map((each, axis) => {
    const stride = options.strides[axis]!
    return from.shape[axis]! * stride + (options.padding === 'same' ? 0 : Math.max(each - stride, 0))
  })
  const { dilationRate: _, ...rest } = options
  const weights = { kernel: layer.weight('kernel', [...size, filters, from.shape[2]!]), ...biasOf(layer, useBias, filters) }
  return activated(
    layer,
    layer.add('Conv2DTranspose', [...sizes, filters], { ...rest, filters, useBias, ...ownActivation(layer) }, weights),
  )
}

const dense: Translate = (layer) => {
  const { before } = layer
  const [units, useBias] = [layer.whole('units'), layer.flag('use_bias', true)]
  const weights = { kernel: layer.weight('kernel', [before.shape.at(-1)!, units]), ...biasOf(layer, useBias, units) }
  return activated(layer, layer.add('Dense', before.shape.with(-1, units), { units, useBias, ...ownActivation(layer) }, weights))
}

const normalization =
  (kind: 'BatchNormalization' | 'LayerNormalization'): Translate =>
  (layer) => {
    const { before } = layer
    const size = before.shape.at(-1)!
    const axis = layer.option('axis') ?? -1
    if (![-1, before.shape.length].includes(Number(axis)) || String(axis).includes(',')) throw layer.refused('axis', axis, 'the last')
    const [center, scale, epsilon] = [layer.flag('center', true), layer.flag('scale', true), layer.number('epsilon', 1e-3)]
    if (!(epsilon > 0)) throw layer.refused('epsilon', epsilon, 'more than 0')
    const momentum = kind === 'BatchNormalization' ? { momentum: layer.number('momentum', 0.99) } : {}
    const roles = [
      ...(scale ? ['gamma'] : []),
      ...(center ? ['beta'] : []),
      ...(kind === 'BatchNormalization' ? ['moving_mean', 'moving_variance'] : []),
    ]
    const weights = Object.fromEntries(roles.map((role) => [role, layer.weight(role, [size])]))
    return layer.add(
      kind,
      before.shape,
      { epsilon, center, scale, ...momentum, ...(kind === 'LayerNormalization' ? { axis: -1 } : {}) },
      weights,
    )
  }

const pooling =
  (kind: 'MaxPooling2D' | 'AveragePooling2D'): Translate =>
  (layer) => {
    const from = layer.picture
    const size = layer.pair('pool_size', [2, 2])
    const { options, sizes } = windowOf(layer, from, 'pool_size', size)
    return layer.add(kind, [...sizes, from.shape[2]!], { poolSize: [...size], strides: options.strides, padding: options.padding })
  }

const globalPooling =
  (kind: 'GlobalAveragePooling2D' | 'GlobalMaxPooling2D'): Translate =>
  (layer) => {
    const from = layer.picture
    layer.channelsLast()
    const channels = from.shape[2]!
    const pooled = layer.add(kind, [channels], { dataFormat: 'channelsLast' })
    return layer.flag('keepdims', false) ? layer.add('AsMap', [1, 1, channels], {}, {}, [pooled]) : pooled
  }

const several =
  (kind: 'Add' | 'Subtract' | 'Multiply' | 'Average' | 'Maximum' | 'Minimum'): Translate =>
  (layer) => {
    const shapes = layer.from.map(({ shape }) => shape)
    const [first] = shapes
    const rank = first?.length ?? 0
    const shape = first?.map((_, axis) => Math.max(...shapes.map((each) => each[axis] ?? 0))) ?? []
    const fits =
      shapes.length >= 2 && shapes.every((each) => each.length === rank && each.every((size, axis) => size === shape[axis] || size === 1))
    if (!fits || (kind === 'Subtract' && shapes.length !== 2))
      throw layer.unfit(`it reads [${shapes.map((each) => each.join(' × ')).join('] and [')}]`)
    return layer.add(kind, shape)
  }

const concatenate: Translate = (layer) => {
  const [first, ...rest] = layer.from
  if (first === undefined) throw layer.unfit('it joins nothing')
  const rank = first.shape.length
  const given = layer.whole('axis', -1)
  const axis = (given < 0 ? given + rank + 1 : given) - 1
  const fits =
    axis >= 0 &&
    axis < rank &&
    rest.every(({ shape }) => shape.length === rank && shape.every((size, each) => each === axis || size === first.shape[each]))
  if (!fits) throw layer.unfit('what it joins differs in other sizes too')
  const size = layer.from.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  return layer.add('Concatenate', first.shape.with(axis, size), { axis: axis === rank - 1 ? -1 : axis + 1 })
}

const reshape: Translate = (layer) => {
  const { before } = layer
  const wanted = layer.option('target_shape')
  const sizes = Array.isArray(wanted) && wanted.length <= 8 && wanted.every(Number.isSafeInteger) ? (wanted as readonly number[]) : []
  const count = sizeOf(before.shape)
  const known = sizeOf(sizes.filter((size) => size !== -1))
  const shape = sizes.map((size) => (size === -1 ? count / known : size))
  if (shape.length === 0 || sizeOf(shape) !== count) throw layer.refused('target_shape', wanted, `sizes of ${count} numbers`)
  return layer.add('Reshape', shape, { targetShape: [...shape] })
}

const permute: Translate = (layer) => {
  const { before } = layer
  const dims = layer.option('dims')
  const order = Array.isArray(dims) ? (dims as readonly unknown[]).map(Number) : []
  if (order.toSorted((a, b) => a - b).join() !== before.shape.map((_, axis) => axis + 1).join())
    throw layer.refused('dims', dims, `an order of 1 to ${before.shape.length}`)
  return layer.add(
    'Permute',
    order.map((axis) => before.shape[axis - 1]!),
    { dims: order },
  )
}

const border =
  (kind: 'ZeroPadding2D' | 'Cropping2D', option: 'padding' | 'cropping'): Translate =>
  (layer) => {
    const from = layer.picture
    layer.channelsLast()
    const sides = layer.sides(option)
    const sign = kind === 'Cropping2D' ? -1 : 1
    const shape = [...sides.map(([before, after], axis) => from.shape[axis]! + sign * (before + after)), from.shape[2]!]
    return layer.add(kind, shape, { [option]: sides.map((side) => [...side]) })
  }

const upsampling: Translate = (layer) => {
  const from = layer.picture
  layer.channelsLast()
  layer.word('interpolation', ['nearest'], 'nearest')
  const size = layer.pair('size', [2, 2])
  return layer.add('UpSampling2D', [from.shape[0]! * size[0], from.shape[1]! * size[1], from.shape[2]!], { size: [...size] })
}

/** scale · x + offset */
const rescaling: Translate = (layer) => {
  const { before } = layer
  const scaled = layer.add('Pointwise', before.shape, { function: 'multiply', a: layer.number('scale', 1) })
  const offset = layer.number('offset', 0)
  return offset === 0 ? scaled : layer.add('Pointwise', before.shape, { function: 'add', a: offset }, {}, [scaled])
}

const relu: Translate = (layer) => {
  const { before } = layer
  const [most, slope] = [layer.option('max_value'), layer.number('negative_slope', 0)]
  if (slope !== 0) throw layer.refused('negative_slope', slope, '0')
  if (layer.number('threshold', 0) !== 0) throw layer.refused('threshold', layer.number('threshold', 0), '0')
  return layer.add('ReLU', before.shape, most === undefined ? {} : { maxValue: layer.number('max_value', 0) })
}

const softmax: Translate = (layer) => {
  const { before } = layer
  const axis = layer.whole('axis', -1)
  if (axis !== -1 && axis !== before.shape.length) throw layer.refused('axis', axis, 'the last')
  return layer.add('Activation', before.shape, { activation: 'softmax' })
}

const dropout: Translate = (layer) => {
  const rate = layer.number('rate', 0)
  if (!(rate >= 0 && rate < 1)) throw layer.refused('rate', rate, 'from 0, less than 1')
  return layer.add('Dropout', layer.before.shape, { rate })
}

export const kerasKinds: { readonly [kind: string]: Translate } = {
  Activation: (layer) => activated(layer, layer.before),
  Add: several('Add'),
  Average: several('Average'),
  AveragePooling2D: pooling('AveragePooling2D'),
  BatchNormalization: normalization('BatchNormalization'),
  Concatenate: concatenate,
  Conv2D: convolution,
  Conv2DTranspose: transposed,
  Cropping2D: border('Cropping2D', 'cropping'),
  Dense: dense,
  DepthwiseConv2D: depthwise,
  Dropout: dropout,
  ELU: (layer) => layer.add('ELU', layer.before.shape, { alpha: layer.number('alpha', 1) }),
  Flatten: (layer) => {
    layer.channelsLast()
    return layer.add('Flatten', [sizeOf(layer.before.shape)])
  },
  GlobalAveragePooling2D: globalPooling('GlobalAveragePooling2D'),
  GlobalMaxPooling2D: globalPooling('GlobalMaxPooling2D'),
  LayerNormalization: normalization('LayerNormalization'),
  LeakyReLU: (layer) => layer.add('LeakyReLU', layer.before.shape, { alpha: layer.number('negative_slope', layer.number('alpha', 0.3)) }),
  MaxPooling2D: pooling('MaxPooling2D'),
  Maximum: several('Maximum'),
  Minimum: several('Minimum'),
  Multiply: several('Multiply'),
  Permute: permute,
  ReLU: relu,
  Rescaling: rescaling,
  Reshape: reshape,
  SeparableConv2D: separable,
  Softmax: softmax,
  Subtract: several('Subtract'),
  UpSampling2D: upsampling,
  ZeroPadding2D: border('ZeroPadding2D', 'padding'),
}
