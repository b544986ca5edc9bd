import { oneOf, optionsOf, problem, shown } from '../check/checks.ts'
import type { ExportOptions } from '../graph/stage-options.ts'
import { exportFormatNames, exportFormats } from '../parts/export-format.ts'
import type { Facts } from './facts.ts'

/** Options of `export()`: the format, and the path of the file or folder inside the project's folder, with forward slashes. */
export type Export =
  | {
      /** `'tfjs'`, `'safetensors'`, `'onnx'` or `'huggingface'`. */
      readonly format: 'tfjs'
      /** Relative, with forward slashes, inside the project's folder. */
      readonly path: string
    }
  | {
      readonly format: 'safetensors'
      readonly path: string
      /**
       * `'espalier'`: weights by `layer/weight`, in Espalier's order. `'pytorch'`: a `state_dict` with the usual module names of PyTorch
       * and transposed kernels. Default `'espalier'`.
       */
      readonly layout?: 'espalier' | 'pytorch'
      /**
       * For the layout `'pytorch'`: also writes `load.py`, which builds the network in PyTorch from metadata in the file: its modules, the
       * pixels' mean and standard deviation, batch norm's ε, classes, key. Default false.
       */
      readonly loader?: boolean
    }
  | {
      readonly format: 'onnx'
      readonly path: string
      /**
       * The exported network normalises its input: it takes pixels in [0, 1], as torchvision's `ToTensor` returns them, or the raw numbers
       * of a table. Default false: it takes normalised input, as in training.
       */
      readonly normalize?: boolean
      /** Folds batch norm into the preceding convolution or dense layer: the same function with fewer operations. Default false. */
      readonly foldBatchNorm?: boolean
    }
  | {
      readonly format: 'huggingface'
      readonly path: string
      /**
       * The licence of the weights, by its name on Hugging Face: `'apache-2.0'`, `'cc-by-sa-4.0'`. Default: the card states that none is
       * given.
       */
      readonly license?: string
      /** The licence of the data, in words. Default: known for data sets that come with Espalier. */
      readonly dataLicense?: string
    }

/** The format of each option. */
const formatOf = {
  layout: 'safetensors',
  loader: 'safetensors',
  normalize: 'onnx',
  foldBatchNorm: 'onnx',
  license: 'huggingface',
  dataLicense: 'huggingface',
} as const

/** The path must be inside the project's folder. */
export const exportOptions = (given: unknown, { setting }: Facts): ExportOptions => {
  const verb = 'export()'
  const { format, path, ...asked } = optionsOf(verb, given, [
    'format',
    'path',
    'layout',
    'loader',
    'normalize',
    'foldBatchNorm',
    'license',
    'dataLicense',
  ])
  const parts = typeof path === 'string' ? path.split('/') : []
  const strange = (part: string) => part === '' || part === '.' || part === '..' || /[\\:\0]/.test(part)
  if (typeof path !== 'string' || parts.some(strange)) {
    throw problem(
      'export() writes below the folder of the project.',
      { verb, option: 'path', value: shown(path), allowed: "a relative path without '.' or '..', with forward slashes" },
      "For example path: 'models/ticket.safetensors'.",
    )
  }
  const known = oneOf(verb, 'format', format, exportFormatNames)
  const ending: string | undefined = exportFormats[known]
  if (ending !== undefined && !path.endsWith(ending)) {
    throw problem(
      `export() writes ${known} to a file of that name.`,
      { verb, option: 'path', value: shown(path), allowed: `a name that ends in ${ending}` },
      `For example path: '${path}${ending}'.`,
    )
  }
  for (const [option, format] of Object.entries(formatOf)) {
    if (format === known || asked[option as keyof typeof formatOf] === undefined) continue
    throw problem(
      `export() takes ${option} for ${format} only.`,
      { verb, option, format: known },
      `Leave it out, or write format: '${format}'.`,
    )
  }
  const { layout } = asked
  const isPytorch = layout !== undefined && oneOf(verb, 'layout', layout, ['espalier', 'pytorch']) === 'pytorch'
  const on = (option: 'loader' | 'normalize' | 'foldBatchNorm'): boolean =>
    asked[option] !== undefined && oneOf(verb, option, asked[option], [true, false])
  if (on('loader') && !isPytorch)
    throw problem(
      "export() writes load.py for PyTorch's layout only.",
      { verb, option: 'loader', layout: 'espalier' },
      "Add layout: 'pytorch'.",
    )
  return {
    ...{ format: known, path },
    ...(isPytorch ? { layout: 'pytorch' } : {}),
    ...(on('normalize') || on('loader') || known === 'huggingface' ? { normalize: { data: setting.data } } : {}),
    ...(on('foldBatchNorm') ? { foldBatchNorm: true } : {}),
    // The recipe is known after the pipeline is compiled.
    ...(known === 'huggingface'
      ? { card: { ...said(verb, 'license', asked.license), ...said(verb, 'dataLicense', asked.dataLicense), recipe: [] } }
      : {}),
  }
}

/** A line of text, or nothing. */
function said<N extends string>(verb: string, option: N, value: unknown): { readonly [name in N]?: string } {
  if (value === undefined) return {}
  if (typeof value === 'string' && /^[^\p{C}]{1,200}$/u.test(value)) return { [option]: value } as { readonly [name in N]?: string }
  throw problem(
    `export() does not know this value of ${option}.`,
    { verb, option, value: shown(value), allowed: 'a text of one line, up to 200 characters' },
    option === 'license' ? "For example license: 'apache-2.0'." : "For example dataLicense: 'CC BY-SA 4.0'.",
  )
}
