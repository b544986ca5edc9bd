/** Names of our layers in PyTorch, torchvision and timm: imports accept all of them, exports use the first. */
import type { LayersModel } from '../../../stdlib/engine.ts'
import { layersOf } from '../../../stdlib/models/structure/rebuild.ts'

/** Possible module names of a layer. */
export type Names = (layer: string) => readonly string[]

export function namesIn(model: LayersModel): Names {
  const layers = layersOf(model)
  const has = (...names: readonly string[]) => names.every((name) => layers.some((layer) => layer.name === name))
  if (has('conv1', 'bn1', 'block1_depthwise', 'block17_project', 'conv2')) return firstOf(mobileNet, usual)
  if (has('patches', 'positions', 'block1_query', 'norm')) return firstOf(transformer, usual)
  // As in torchvision's VGG, `features` numbers all modules, including activations and pooling.
  const mean = layers.findIndex((layer) => layer.getClassName() === 'GlobalAveragePooling2D')
  const steps = layers.slice(0, mean).map(({ name }) => name)
  const plain = steps.every((name) => /^(conv|bn|relu|pool)\d+$/.test(name))
  if (plain && has('conv8', 'bn8', 'relu8', 'pool4'))
    return firstOf((layer) => (layer === 'out' ? ['classifier'] : steps.includes(layer) ? [`features.${steps.indexOf(layer)}`] : []), usual)
  return usual
}

const firstOf =
  (...all: readonly Names[]): Names =>
  (layer) =>
    all.flatMap((names) => names(layer))

/** torchvision's `ResNet`, and other common names. */
const usual: Names = (layer) => {
  if (layer === 'out') return ['fc', 'linear', 'classifier', 'out', 'head', 'decoder']
  if (layer === 'embedding') return ['embedding', 'embed', 'encoder']
  const [, nth] = /^lstm(\d+)$/.exec(layer) ?? []
  if (nth !== undefined) return [layer, ...['lstm', 'rnn'].map((name) => (nth === '1' ? name : `${name}.l${Number(nth) - 1}`))]
  const [, stage, block, part] = /^stage(\d+)_block(\d+)_(.+)$/.exec(layer) ?? []
  if (part === undefined) return [layer]
  const inside =
    part === 'shortcut' ? ['downsample.0', 'shortcut.0', 'shortcut'] : part === 'shortcut_bn' ? ['downsample.1', 'shortcut.1'] : [part]
  return inside.map((name) => `layer${stage}.${Number(block) - 1}.${name}`)
}

const normed = ['', '_bn', '_relu'] as const

/** torchvision's `MobileNetV2`: convolution, norm and activation form a sequential module. */
const mobileNet: Names = (layer) => {
  if (layer === 'out') return ['classifier.1']
  const [, what, end] = /^(conv|bn|relu)([12])$/.exec(layer) ?? []
  if (what !== undefined) return [`features.${end === '1' ? 0 : 18}.${['conv', 'bn', 'relu'].indexOf(what)}`]
  const [, block, part, step = ''] = /^block(\d+)_(expand|depthwise|project)(_bn|_relu)?$/.exec(layer) ?? []
  if (block === undefined) return []
  // The first block has no expansion.
  const at = ['expand', 'depthwise', 'project'].indexOf(part!) - (block === '1' ? 1 : 0)
  const inside = normed.indexOf(step as (typeof normed)[number])
  return [`features.${block}.conv.${part === 'project' ? at + inside : `${at}.${inside}`}`]
}

/** timm's `VisionTransformer`, without a class token. Query, key and value are one module. */
const transformer: Names = (layer) => {
  const known: { readonly [layer: string]: string } = { patches: 'patch_embed.proj', positions: 'pos_embed', norm: 'norm', out: 'head' }
  if (known[layer] !== undefined) return [known[layer]]
  const [, block, part] = /^block(\d+)(.*)$/.exec(layer) ?? []
  const inside: { readonly [part: string]: string } = {
    ...{ _norm1: 'norm1', _qkv: 'attn.qkv', _out: 'attn.proj', _norm2: 'norm2', _mlp1: 'mlp.fc1', _gelu: 'mlp.act', _mlp2: 'mlp.fc2' },
    '': 'attn.heads',
  }
  return part === undefined || inside[part] === undefined ? [] : [`blocks.${Number(block) - 1}.${inside[part]}`]
}
