/** Matches modules of a PyTorch file to layers: by the user's mapping, else by PyTorch's names, else by order and shape. */
import type { ModuleWeight, WeightedModule } from './layers.ts'
import { type Module, moduleKinds } from './modules.ts'

export interface Match {
  /** Our module, without weights of layers that keep their initial values. */
  readonly ours: WeightedModule
  readonly module: Module
  readonly by: 'given' | 'name' | 'order'
}

/** Description of why a file does not match. */
export interface Mismatch {
  readonly what: string
  readonly facts: { readonly [label: string]: string }
}

export interface Wanted {
  /** The user's mapping from layers to modules. */
  readonly names: { readonly [layer: string]: string }
  /** Layers that keep their initial weights. */
  readonly fresh: readonly string[]
}

export function matched(
  layers: readonly WeightedModule[],
  modules: readonly Module[],
  { names, fresh }: Wanted,
): readonly Match[] | Mismatch {
  const all = layers.flatMap((each) => each.layers)
  const unknown = [...Object.keys(names), ...fresh].find((name) => !all.includes(name))
  if (unknown !== undefined) return { what: `the network has no layer ${unknown} with weights`, facts: { layers: all.join(', ') } }
  const byName = new Map(modules.map((module) => [module.name, module]))
  const matches = new Map<WeightedModule, Match>()
  const taken = new Set<string>()
  const take = (ours: WeightedModule, module: Module, by: Match['by']) => {
    matches.set(ours, { ours, module, by })
    taken.add(module.name)
  }
  const wanted = layers.flatMap((each) => {
    const weights = each.weights.filter(({ layer }) => !fresh.includes(layer))
    return weights.length === 0 ? [] : [{ ...each, weights }]
  })
  for (const ours of wanted) {
    const given = ours.layers.map((layer) => names[layer]).find((name) => name !== undefined)
    if (given !== undefined) {
      const module = byName.get(given)
      if (module === undefined)
        return { what: `there is no module ${given} in it`, facts: { modules: modules.map(({ name }) => name).join(', ') } }
      take(ours, module, 'given')
      continue
    }
    const module = ours.names.flatMap((name) => byName.get(name) ?? [])[0]
    if (module !== undefined && module.kind === ours.kind && !taken.has(module.name)) take(ours, module, 'name')
  }
  for (const kind of moduleKinds) {
    const open = wanted.filter((ours) => ours.kind === kind && !matches.has(ours))
    const left = modules.filter((module) => module.kind === kind && !taken.has(module.name))
    if (open.length > left.length || (open.length < left.length && fresh.length === 0))
      return {
        what: `of its modules of the kind ${kind}, ${left.length} are left for ${open.length} layers`,
        facts: {
          modules: left.map(({ name }) => name).join(', ') || 'none',
          layers: open.flatMap((ours) => ours.layers).join(', ') || 'none',
        },
      }
    for (const [i, ours] of open.entries()) take(ours, left[i]!, 'order')
  }
  const found = wanted.map((ours) => matches.get(ours)!)
  return found.map(misfit).find((wrong) => wrong !== undefined) ?? found
}

function misfit({ ours, module, by }: Match): Mismatch | undefined {
  const needed = ours.weights.flatMap(({ tensor, shape, added }) =>
    [tensor, ...(added === undefined ? [] : [added])].map((one) => ({ tensor: one, shape })),
  )
  const wrong = needed.find(
    ({ tensor, shape }: Pick<ModuleWeight, 'tensor' | 'shape'>) => module.tensors[tensor]?.shape.join() !== shape.join(),
  )
  const extra = Object.keys(module.tensors).find((tensor) => !needed.some((weight) => weight.tensor === tensor))
  const place = { layer: ours.layers.join(', '), module: `${module.name} (by ${by === 'given' ? 'your names' : by})` }
  const named = (tensor: string) => (tensor === '' ? module.name : `${module.name}.${tensor}`)
  if (wrong !== undefined) {
    const found = module.tensors[wrong.tensor]?.shape
    const what = `${named(wrong.tensor)} is ${found === undefined ? 'not there' : `[${found.join(', ')}]`} where the network needs [${wrong.shape.join(', ')}]`
    return { what, facts: place }
  }
  return extra === undefined ? undefined : { what: `${named(extra)} has no place in the layer`, facts: place }
}
