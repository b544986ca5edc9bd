import { chosen, optionsOf, problem, shown } from '../check/checks.ts'
import { kinds, type PretrainedOptions } from '../graph/stage-options.ts'
import { isNetworkFile } from '../parts/network-file.ts'

/** Options of `pretrained()`. */
export interface Pretrained {
  /**
   * A safetensors file, or another file of a network that `imported()` reads; absolute or relative to the working directory. The key
   * includes its content, not its path. Default: the file of the network.
   */
  readonly from?: string
  /**
   * The layout of a safetensors file: `'pytorch'` for a saved `state_dict`, whose kernels are transposed; `'espalier'` for files of
   * `export()`. Default `'pytorch'`. Files of a network always have the layout `'network'`.
   */
  readonly layout?: PretrainedOptions['layout']
  /**
   * Modules of the file by layer: `{ conv1: 'features.0' }`. Other layers are matched by the module names of PyTorch's networks, or
   * otherwise with the next module of their kind in the order of the file.
   */
  readonly names?: { readonly [layer: string]: string }
  /** Layers that keep their initial weights, for example a classifier for other classes. Default none. */
  readonly fresh?: readonly string[]
  /** The seed of the initial weights. Default: the task's. */
  readonly seed?: number
}

/** @param own the file of the network, if it is imported */
export const pretrainedOptions = (given: unknown, own?: string): PretrainedOptions & { readonly seed: unknown } => {
  const verb = 'pretrained()'
  const { from = own, layout, names = {}, fresh = [], seed } = optionsOf(verb, given, ['from', 'layout', 'names', 'fresh', 'seed'])
  const ofNetwork = own !== undefined && isNetworkFile(from)
  if (!ofNetwork && !(typeof from === 'string' && from.endsWith('.safetensors'))) {
    throw problem(
      'pretrained() needs a file of weights.',
      {
        verb,
        option: 'from',
        value: shown(from),
        allowed: 'the path of a file that ends in .safetensors, or of a network for an imported() one',
      },
      "For example from: 'weights/resnet20.safetensors'. PyTorch writes one with safetensors.torch.save_file(model.state_dict(), path).",
    )
  }
  if ((ofNetwork && ![undefined, 'network'].includes(layout as string | undefined)) || (!ofNetwork && layout === 'network')) {
    throw problem(
      'The file has another layout.',
      { verb, option: 'layout', value: shown(layout), allowed: ofNetwork ? "nothing, or 'network'" : "'pytorch', 'espalier'" },
      'Leave it out.',
    )
  }
  const { fields } = kinds.pretrained.options
  for (const [option, form, value] of [
    ['names', fields.names, names],
    ['fresh', fields.fresh, fresh],
  ] as const) {
    const wrong = form.misfit(value, option)
    if (wrong !== undefined) {
      throw problem(
        `pretrained() does not take this for ${option}.`,
        { verb, option: wrong.path, value: shown(wrong.value), allowed: wrong.says },
        "For example names: { conv1: 'features.0' } and fresh: ['out'].",
      )
    }
  }
  const checked = { names: names as PretrainedOptions['names'], fresh: fresh as PretrainedOptions['fresh'] } // by their forms
  return { from, layout: ofNetwork ? 'network' : chosen(verb, 'layout', layout, fields.layout), ...checked, seed }
}
