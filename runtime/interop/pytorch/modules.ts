/** Groups the tensors of a PyTorch file by module. */

/** An embedding counts as dense, since its only tensor looks the same. A `parameter` has no module, like `pos_embed`. */
export const moduleKinds = ['convolution', 'norm', 'dense', 'recurrent', 'parameter'] as const
export type ModuleKind = (typeof moduleKinds)[number]

export interface Module {
  readonly name: string
  readonly kind: ModuleKind
  /**
   * By name within the module: `weight`, `bias`, `running_mean`, `running_var`; for one layer of an LSTM `weight_ih`, …, and
   * `weight_ih_reverse`, … if it is bidirectional; for a parameter ''.
   */
  readonly tensors: { readonly [tensor: string]: ModuleTensor }
}

interface ModuleTensor {
  /** Name in the file. */
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * Modules in natural order of their names, `layer2` before `layer10`. Batch counters are omitted, and so is a prefix common to all names,
 * such as `module.` from multi-GPU training.
 */
export function modulesIn(shapes: ReadonlyMap<string, readonly number[]>): readonly Module[] {
  const names = [...shapes.keys()].filter((name) => !name.endsWith('num_batches_tracked'))
  const shared = sharedPrefix(names)
  const modules = new Map<string, { [tensor: string]: ModuleTensor }>()
  for (const name of names) {
    const [module, tensor] = parts(name.slice(shared.length))
    modules.set(module, { ...modules.get(module), [tensor]: { name, shape: shapes.get(name)! } })
  }
  return [...modules].map(([name, tensors]) => ({ name, kind: kindOf(tensors), tensors })).sort((a, b) => natural.compare(a.name, b.name))
}

/** Name of a module's tensor in a file. */
export const tensorName = (module: string, tensor: string): string =>
  tensor === '' ? module : `${module}.${tensor.replace(/^((?:weight|bias)_(?:ih|hh))/, '$1_l0')}`

const sharedPrefix = (names: readonly string[]): string => {
  const [prefix] = /^(module|model|net|backbone)\./.exec(names[0] ?? '') ?? []
  return prefix !== undefined && names.every((name) => name.startsWith(prefix)) ? prefix : ''
}

const natural = new Intl.Collator('en', { numeric: true })

/** Splits a tensor's name. Each layer of an `nn.LSTM` or `nn.RNN` is a module: `rnn`, `rnn.l1`, `rnn.l2`. */
function parts(name: string): readonly [module: string, tensor: string] {
  const at = name.lastIndexOf('.')
  const [module, tensor] = [name.slice(0, Math.max(at, 0)), name.slice(at + 1)]
  const [, recurrent, layer, back] = /^((?:weight|bias)_(?:ih|hh))_l(\d+)(_reverse)?$/.exec(tensor) ?? []
  if (recurrent !== undefined) return [layer === '0' ? module : `${module}.l${layer}`, `${recurrent}${back ?? ''}`]
  return ['weight', 'bias', 'running_mean', 'running_var'].includes(tensor) ? [module, tensor] : [name, '']
}

function kindOf(tensors: Module['tensors']): ModuleKind {
  if (tensors[''] !== undefined) return 'parameter'
  if (tensors.weight_ih !== undefined || tensors.weight_hh !== undefined) return 'recurrent'
  const axes = tensors.weight?.shape.length
  return axes === 4 ? 'convolution' : axes === 2 ? 'dense' : 'norm'
}
