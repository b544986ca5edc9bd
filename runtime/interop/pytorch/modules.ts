/** What the tensors of a PyTorch file are to its modules. */

export type ModuleKind = 'convolution' | 'dense' | 'norm'

export interface Module {
  readonly name: string
  readonly kind: ModuleKind
  /** Of its tensors, by their last name: `weight`, `bias`, `running_mean`, `running_var`. */
  readonly shapes: { readonly [tensor: string]: readonly number[] }
}

/**
 * In the order of their names, `layer2` before `layer10`. What counts batches is left out, and so is a name that stands before all others,
 * as `module.` does where several GPUs trained.
 */
export function modulesIn(shapes: ReadonlyMap<string, readonly number[]>): readonly Module[] {
  const names = [...shapes.keys()].filter((name) => !name.endsWith('num_batches_tracked'))
  const shared = sharedPrefix(names)
  const modules = new Map<string, { [tensor: string]: readonly number[] }>()
  for (const name of names) {
    const [module, tensor] = parts(name.slice(shared.length))
    modules.set(module, { ...modules.get(module), [tensor]: shapes.get(name)! })
  }
  return [...modules].map(([name, shapes]) => ({ name, kind: kindOf(shapes), shapes })).sort((a, b) => natural.compare(a.name, b.name))
}

export const sharedPrefix = (names: readonly string[]): string => {
  const [prefix] = /^(module|model|net|backbone)\./.exec(names[0] ?? '') ?? []
  return prefix !== undefined && names.every((name) => name.startsWith(prefix)) ? prefix : ''
}

const natural = new Intl.Collator('en', { numeric: true })

function parts(name: string): readonly [module: string, tensor: string] {
  const at = name.lastIndexOf('.')
  return [name.slice(0, Math.max(at, 0)), name.slice(at + 1)]
}

function kindOf({ weight }: Module['shapes']): ModuleKind {
  return weight?.length === 4 ? 'convolution' : weight?.length === 2 ? 'dense' : 'norm'
}
