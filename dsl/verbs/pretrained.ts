import { chosen, optionsOf, problem, shown } from '../check/checks.ts'
import { kinds, type PretrainedOptions } from '../graph/stage-options.ts'
import { isNetworkFile } from '../parts/network-file.ts'

/** What `pretrained()` is given. */
export interface Pretrained {
  /**
   * A safetensors file, or another file of a network that `imported()` reads; absolute or relative to the working directory. Its content is
   * in the key, its place is not. Default: the network's own file.
   */
  readonly from?: string
  /**
   * How a safetensors file holds the weights: `'pytorch'` as a `state_dict` is saved, kernels turned on the way; `'espalier'` as `export()`
   * writes them. Default `'pytorch'`. `'network'` is that of a network's file, which has no other.
   */
  readonly layout?: PretrainedOptions['layout']
  /**
   * Modules of the file by layer: `{ conv1: 'features.0' }`. Layers that are not named have the module that PyTorch's networks call so, or
   * else the next one of their kind in the order of the file's names.
   */
  readonly names?: { readonly [layer: string]: string }
  /** Layers that keep the weights drawn from the seed, as a classifier for other classes does. Default none. */
  readonly fresh?: readonly string[]
  /** Of the weights that are drawn. Default: the task's. */
  readonly seed?: number
}

/** @param own the file that the network comes out of, if it does */
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
