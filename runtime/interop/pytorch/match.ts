/** Which module of a PyTorch file is which layer: as the user says, else by PyTorch's names, else by order and shape. */
import type { LayerWeight, WeightedLayer } from './layers.ts'
import type { Module, ModuleKind } from './modules.ts'

export interface Match {
  readonly layer: WeightedLayer
  readonly module: Module
  readonly by: 'given' | 'name' | 'order'
}

/** Why a file does not fit, for people. */
export interface Mismatch {
  readonly what: string
  readonly facts: { readonly [label: string]: string }
}

export interface Wanted {
  /** Modules by layer, as the user says. */
  readonly names: { readonly [layer: string]: string }
  /** Layers that keep the weights drawn for them. */
  readonly fresh: readonly string[]
}

export function matched(
  layers: readonly WeightedLayer[],
  modules: readonly Module[],
  { names, fresh }: Wanted,
): readonly Match[] | Mismatch {
  const unknown = [...Object.keys(names), ...fresh].find((name) => !layers.some((layer) => layer.name === name))
  if (unknown !== undefined)
    return { what: `the network has no layer ${unknown} with weights`, facts: { layers: layers.map(({ name }) => name).join(', ') } }
  const byName = new Map(modules.map((module) => [module.name, module]))
  const matches = new Map<string, Match>()
  const taken = new Set<string>()
  const take = (layer: WeightedLayer, module: Module, by: Match['by']) => {
    matches.set(layer.name, { layer, module, by })
    taken.add(module.name)
  }
  const wanted = layers.filter(({ name }) => !fresh.includes(name))
  for (const layer of wanted) {
    const given = names[layer.name]
    if (given !== undefined) {
      const module = byName.get(given)
      if (module === undefined)
        return { what: `there is no module ${given} in it`, facts: { modules: modules.map(({ name }) => name).join(', ') } }
      take(layer, module, 'given')
      continue
    }
    const module = torchNames(layer.name).flatMap((name) => byName.get(name) ?? [])[0]
    if (module !== undefined && module.kind === layer.kind && !taken.has(module.name)) take(layer, module, 'name')
  }
  for (const kind of ['convolution', 'norm', 'dense'] satisfies ModuleKind[]) {
    const open = wanted.filter((layer) => layer.kind === kind && !matches.has(layer.name))
    const left = modules.filter((module) => module.kind === kind && !taken.has(module.name))
    if (open.length > left.length || (open.length < left.length && fresh.length === 0))
      return {
        what: `of its modules of the kind ${kind}, ${left.length} are left for ${open.length} layers`,
        facts: { modules: left.map(({ name }) => name).join(', ') || 'none', layers: open.map(({ name }) => name).join(', ') || 'none' },
      }
    for (const [i, layer] of open.entries()) take(layer, left[i]!, 'order')
  }
  const all = wanted.map(({ name }) => matches.get(name)!)
  return all.map(misfit).find((wrong) => wrong !== undefined) ?? all
}

function misfit({ layer, module, by }: Match): Mismatch | undefined {
  const unlike = ({ tensor, shape }: LayerWeight) => module.shapes[tensor]?.join() !== shape.join()
  const wrong = layer.weights.find(unlike)
  const extra = Object.keys(module.shapes).find((tensor) => !layer.weights.some((weight) => weight.tensor === tensor))
  const place = { layer: layer.name, module: `${module.name} (by ${by === 'given' ? 'your names' : by})` }
  if (wrong !== undefined) {
    const found = module.shapes[wrong.tensor]
    const what = `${module.name}.${wrong.tensor} is ${found === undefined ? 'not there' : `[${found.join(', ')}]`} where the network needs [${wrong.shape.join(', ')}]`
    return { what, facts: place }
  }
  return extra === undefined ? undefined : { what: `${module.name}.${extra} has no place in the layer`, facts: place }
}

/** What PyTorch's and torchvision's networks call a layer of ours; the first is what we write. */
export function torchNames(layer: string): readonly string[] {
  if (layer === 'out') return ['fc', 'linear', 'classifier', 'out', 'head']
  const [, stage, block, part] = /^stage(\d+)_block(\d+)_(.+)$/.exec(layer) ?? []
  if (part === undefined) return [layer]
  const inside =
    part === 'shortcut' ? ['downsample.0', 'shortcut.0', 'shortcut'] : part === 'shortcut_bn' ? ['downsample.1', 'shortcut.1'] : [part]
  return inside.map((name) => `layer${stage}.${Number(block) - 1}.${name}`)
}
