/** Sliding windows over images: convolutions, pooling, and their padding. */
import type { Draft } from '../../../import/drafts.ts'
import type { Constant } from '../constant.ts'
import { type Operator, type Translate, weight } from '../operator.ts'
import { type Computed, part, pictureOrder } from '../value.ts'

type Pair = readonly [rows: number, columns: number]

/** [height, width, channels] as ONNX's [batch, channels, height, width]. */
const picture = (draft: Draft): Computed => {
  const [height, width, channels] = draft.shape as readonly [number, number, number]
  return { draft, shape: [Number.NaN, channels, height, width], order: pictureOrder }
}

function pair(operator: Operator, name: string, without: Pair | undefined): Pair {
  const list = operator.list(name) ?? without
  if (list?.length !== 2 || !list.every((each) => each > 0 && each <= 65_536)) throw operator.unfit(`its ${name} is not two numbers from 1`)
  return list as Pair
}

interface Window {
  readonly strides: Pair
  readonly dilations: Pair
  /** Extent of the kernel, including dilation. */
  readonly reach: Pair
  /** Padding before and after, for each of the two axes. */
  readonly pads: readonly [Pair, Pair]
  /** The equivalent padding mode of tf.layers, if any. */
  readonly padding: 'same' | 'valid' | undefined
  /** Output size. */
  readonly sizes: Pair
}

function windowOf(operator: Operator, from: Draft, kernel: Pair): Window {
  const strides = pair(operator, 'strides', [1, 1])
  const dilations = pair(operator, 'dilations', [1, 1])
  const auto = operator.text('auto_pad', 'NOTSET')
  const given = operator.list('pads') ?? [0, 0, 0, 0]
  const ceil = operator.node.operator.endsWith('Pool') && operator.whole('ceil_mode', 0) === 1
  if (!['NOTSET', 'VALID', 'SAME_UPPER'].includes(auto)) throw operator.refused('auto_pad', auto, 'NOTSET, VALID, SAME_UPPER')
  if (given.length !== 4 || !given.every((pad) => pad >= 0 && pad <= 65_536)) throw operator.refused('pads', given, 'four numbers from 0')
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const [size, stride] = [from.shape[axis]!, strides[axis]]
    const reach = (kernel[axis] - 1) * dilations[axis] + 1
    const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size)
    const same: Pair = [Math.floor(missing / 2), Math.ceil(missing / 2)]
    const [before, after] = auto === 'SAME_UPPER' ? same : auto === 'VALID' ? [0, 0] : ([given[axis]!, given[axis + 2]!] as const)
    const steps = (size + before + after - reach) / stride
    // With ceil_mode, a last window that starts in the padding after the image does not count.
    const rounded = ceil ? Math.ceil(steps) - (Math.ceil(steps) * stride >= size + before ? 1 : 0) : Math.floor(steps)
    const needed = ceil ? Math.max(after, rounded * stride + reach - size - before) : after
    return { reach, same, pads: [before, needed] as Pair, size: rounded + 1 }
  }) as unknown as readonly [Side, Side]
  const all = (test: (side: Side) => boolean) => test(rows) && test(columns)
  const padding = all(({ pads }) => pads[0] + pads[1] === 0)
    ? 'valid'
    : all(({ pads, same }) => pads[0] === same[0] && pads[1] === same[1])
      ? 'same'
      : undefined
  return {
    strides,
    dilations,
    reach: [rows.reach, columns.reach],
    pads: [rows.pads, columns.pads],
    padding,
    sizes: [rows.size, columns.size],
  }
}

interface Side {
  readonly reach: number
  readonly same: Pair
  readonly pads: Pair
  readonly size: number
}

/** Adds an explicit padding layer if no padding mode of tf.layers is equivalent. */
function bordered(
  operator: Operator,
  from: Draft,
  { pads, padding }: Pick<Window, 'pads' | 'padding'>,
  kind: 'ZeroPadding2D' | 'LowestPadding2D',
): Draft {
  if (padding !== undefined) return from
  const [[top, bottom], [left, right]] = pads
  const shape = [from.shape[0]! + top + bottom, from.shape[1]! + left + right, from.shape[2]!]
  return operator.drafts.add(kind, part(operator.where, 'pad'), {
    from: [from],
    shape,
    options: { padding: pads.map((side) => [...side]) },
  })
}

const biasOf = (bias: Constant | undefined, size: number, operator: Operator) => {
  if (bias === undefined) return {}
  if (bias.shape.length !== 1 || bias.shape[0] !== size) throw operator.unfit(`its bias is [${bias.shape.join(', ')}] for ${size} channels`)
  return { bias: weight(bias) }
}

export const convolution: Translate = (operator) => {
  const from = operator.picture()
  const kernel = operator.constant(1)
  const bias = operator.optional(2) === undefined ? undefined : operator.constant(2)
  const group = operator.whole('group', 1)
  const [filters, inside, ...window] = kernel.shape as readonly [number, number, ...number[]]
  const channels = from.shape[2]!
  if (window.length !== 2) throw operator.refused('kernel', `${kernel.shape.length} axes`, '4 axes')
  const size = pair(operator, 'kernel_shape', window as unknown as Pair)
  if (size.some((each, i) => each !== window[i])) throw operator.unfit('its kernel_shape is not that of its kernel')
  if (!(group > 0) || inside * group !== channels || filters % group !== 0)
    throw operator.unfit(`its kernel [${kernel.shape.join(', ')}] in ${group} groups does not fit ${channels} channels`)
  const slid = windowOf(operator, from, size)
  const depthwise = group === channels && group > 1
  if (slid.strides.some((each) => each > 1) && slid.dilations.some((each) => each > 1))
    throw operator.refused('dilations', slid.dilations, 'with strides of 1')
  if (depthwise && slid.strides[0] !== slid.strides[1])
    throw operator.refused('strides', slid.strides, 'of one size where each channel is convolved alone')
  const where = operator.named(1)
  const options = {
    kernelSize: [...size],
    strides: [...slid.strides],
    padding: slid.padding ?? 'valid',
    dilationRate: [...slid.dilations],
    useBias: bias !== undefined,
  }
  const given = bordered(operator, from, slid, 'ZeroPadding2D')
  const pixels = size[0] * size[1]
  if (depthwise) {
    const multiple = filters / channels
    // [channels · multiple, 1, window] → [window, channels, multiple]
    const turned = weight(kernel, [...size, channels, multiple], (here) => (here % filters) * pixels + Math.floor(here / filters))
    return picture(
      operator.drafts.add('DepthwiseConv2D', where, {
        from: [given],
        shape: [...slid.sizes, filters],
        options: { ...options, depthMultiplier: multiple },
        weights: { kernel: turned, ...biasOf(bias, filters, operator) },
      }),
    )
  }
  const biases = biasOf(bias, filters, operator).bias
  const [own, each] = [inside, filters / group]
  const parts = Array.from({ length: group }, (_, g) => {
    const name = group === 1 ? where : { ...where, name: `${where.name}/group${g + 1}` }
    const read = group === 1 ? given : slice(operator, given, { axis: 3, begin: g * own, end: (g + 1) * own }, `group${g + 1}/channels`)
    // [filters, in, window] → [window, in, filters]
    const turned = weight(kernel, [...size, own, each], (here) => {
      const [pixel, channel, filter] = [Math.floor(here / each / own), Math.floor(here / each) % own, here % each]
      return ((g * each + filter) * own + channel) * pixels + pixel
    })
    const shifted = biases === undefined ? {} : { bias: { shape: [each], values: () => biases.values().slice(g * each, (g + 1) * each) } }
    return operator.drafts.add('Conv2D', name, {
      from: [read],
      shape: [...slid.sizes, each],
      options: { ...options, filters: each },
      weights: { kernel: turned, ...shifted },
    })
  })
  if (parts.length === 1) return picture(parts[0]!)
  return picture(operator.drafts.add('Concatenate', where, { from: parts, shape: [...slid.sizes, filters], options: { axis: -1 } }))
}

/** @param part `axis` includes the batch axis */
export function slice(
  operator: Operator,
  from: Draft,
  { axis, begin, end }: { readonly axis: number; readonly begin: number; readonly end: number },
  name: string,
): Draft {
  const options = { axis, begin, end }
  return operator.drafts.add('Slice', part(operator.where, name), { from: [from], shape: from.shape.with(axis - 1, end - begin), options })
}

export const transposedConvolution: Translate = (operator) => {
  const from = operator.picture()
  const kernel = operator.constant(1)
  const bias = operator.optional(2) === undefined ? undefined : operator.constant(2)
  const [channels, filters, ...window] = kernel.shape as readonly [number, number, ...number[]]
  if (window.length !== 2) throw operator.refused('kernel', `${kernel.shape.length} axes`, '4 axes')
  if (channels !== from.shape[2]) throw operator.unfit(`its kernel is for ${channels} channels of ${from.shape[2]}`)
  const size = pair(operator, 'kernel_shape', window as unknown as Pair)
  if (size.some((each, i) => each !== window[i])) throw operator.unfit('its kernel_shape is not that of its kernel')
  const strides = pair(operator, 'strides', [1, 1])
  operator.only('group', operator.whole('group', 1), 1)
  operator.only('dilations', pair(operator, 'dilations', [1, 1]).join(), '1,1')
  operator.only('auto_pad', operator.text('auto_pad', 'NOTSET'), 'NOTSET')
  if (operator.list('output_shape') !== undefined) throw operator.refused('output_shape', operator.list('output_shape'), 'pads instead')
  const pads = operator.list('pads') ?? [0, 0, 0, 0]
  const more = operator.list('output_padding') ?? [0, 0]
  if (pads.length !== 4 || more.length !== 2 || [...pads, ...more].some((each) => each < 0 || each > 65_536))
    throw operator.refused('pads', pads, 'numbers from 0')
  const whole = ([0, 1] as const).map((axis) => from.shape[axis]! * strides[axis] + Math.max(size[axis] - strides[axis], 0))
  const cut = ([0, 1] as const).map((axis) => {
    const wanted = (from.shape[axis]! - 1) * strides[axis] + size[axis] - pads[axis]! - pads[axis + 2]! + more[axis]!
    return [pads[axis]!, whole[axis]! - pads[axis]! - wanted] as const
  })
  if (cut.some(([, after]) => after < 0)) throw operator.refused('output_padding', more, 'no larger than pads')
  const pixels = size[0] * size[1]
  const made = operator.drafts.add('Conv2DTranspose', operator.named(1), {
    from: [from],
    shape: [...whole, filters],
    options: { filters, kernelSize: [...size], strides: [...strides], padding: 'valid', useBias: bias !== undefined },
    weights: {
      // [in, out, window] → [window, out, in]
      kernel: weight(kernel, [...size, filters, channels], (here) => {
        const [pixel, filter, channel] = [Math.floor(here / channels / filters), Math.floor(here / channels) % filters, here % channels]
        return (channel * filters + filter) * pixels + pixel
      }),
      ...biasOf(bias, filters, operator),
    },
  })
  if (cut.every(([before, after]) => before + after === 0)) return picture(made)
  const shape = [...cut.map(([before, after], axis) => whole[axis]! - before - after), filters]
  return picture(
    operator.drafts.add('Cropping2D', part(operator.where, 'crop'), {
      from: [made],
      shape,
      options: { cropping: cut.map((side) => [...side]) },
    }),
  )
}

const pooling =
  (kind: 'MaxPooling2D' | 'AveragePooling2D'): Translate =>
  (operator) => {
    const from = operator.picture()
    const size = pair(operator, 'kernel_shape', undefined)
    const slid = windowOf(operator, from, size)
    operator.only('dilations', slid.dilations.join(), '1,1')
    if (kind === 'MaxPooling2D') operator.only('storage_order', operator.whole('storage_order', 0), 0)
    const counted = kind === 'AveragePooling2D' && operator.whole('count_include_pad', 0) === 1
    const border = slid.padding === 'valid' ? 'none' : slid.padding === 'same' && !counted ? 'own' : 'layer'
    if (border === 'layer' && kind === 'AveragePooling2D' && (!counted || operator.whole('ceil_mode', 0) === 1))
      throw operator.refused('pads', slid.pads.flat(), 'with count_include_pad 1, or such that they are SAME_UPPER')
    const given =
      border === 'layer' ? bordered(operator, from, { ...slid, padding: undefined }, counted ? 'ZeroPadding2D' : 'LowestPadding2D') : from
    return picture(
      operator.drafts.add(kind, operator.where, {
        from: [given],
        shape: [...slid.sizes, from.shape[2]!],
        options: { poolSize: [...size], strides: [...slid.strides], padding: border === 'own' ? 'same' : 'valid' },
      }),
    )
  }

export const maxPooling = pooling('MaxPooling2D')
export const averagePooling = pooling('AveragePooling2D')

/** Over all positions: [batch, channels, 1, 1] in ONNX, [channels] here. */
export const globalPooling =
  (kind: 'GlobalAveragePooling2D' | 'GlobalMaxPooling2D'): Translate =>
  (operator) => {
    const from = operator.picture()
    const channels = from.shape[2]!
    const draft = operator.drafts.add(kind, operator.where, { from: [from], shape: [channels], options: { dataFormat: 'channelsLast' } })
    return { draft, shape: [Number.NaN, channels, 1, 1], order: [1] }
  }

export const padding: Translate = (operator) => {
  const from = operator.picture()
  const pads = operator.given('pads', 1) ?? []
  operator.only('mode', operator.text('mode', 'constant'), 'constant')
  const value = operator.optional(2) === undefined ? operator.number('value', 0) : Number(operator.constant(2).values()[0])
  // The smallest float is never a maximum, so pooling can use it as padding.
  if (value !== 0 && !(value <= -3.4e38)) throw operator.refused('value', value, '0, or the smallest float')
  if (operator.optional(3) !== undefined) throw operator.refused('axes', 'given', 'without them')
  const [batch, channels, top, left, batchAfter, channelsAfter, bottom, right] = pads as readonly number[]
  if (
    pads.length !== 8 ||
    pads.some((pad) => pad < 0 || pad > 65_536) ||
    [batch, channels, batchAfter, channelsAfter].some((pad) => pad !== 0)
  )
    throw operator.refused('pads', pads, 'of height and width, from 0')
  const sides = [
    [top!, bottom!],
    [left!, right!],
  ] as const
  if (pads.every((pad) => pad === 0)) return picture(from)
  return picture(bordered(operator, from, { pads: sides, padding: undefined }, value === 0 ? 'ZeroPadding2D' : 'LowestPadding2D'))
}
