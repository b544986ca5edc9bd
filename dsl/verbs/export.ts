import { oneOf, optionsOf, problem, shown } from '../check/checks.ts'
import type { ExportOptions } from '../graph/stage-options.ts'
import { exportFormatNames, exportFormats } from '../parts/export-format.ts'
import type { Facts } from './facts.ts'

/** What `export()` is given: the format, and where its file or folder lies below the project's folder, with forward slashes. */
export type Export =
  | { readonly format: Exclude<ExportOptions['format'], 'onnx'>; readonly path: string }
  | {
      readonly format: 'onnx'
      readonly path: string
      /**
       * The written network normalises what it reads: it takes pixels in [0, 1], as torchvision's `ToTensor` gives them, or the numbers of a
       * table as they stand there. Default false: it takes what trainings take.
       */
      readonly normalize?: boolean
      /** Batch norm goes into the convolution or dense layer before it: the same network, with fewer operations. Default false. */
      readonly foldBatchNorm?: boolean
    }

/** The path stays below the project's folder. */
export const exportOptions = (given: unknown, { setting }: Facts): ExportOptions => {
  const verb = 'export()'
  const { format, path, normalize, foldBatchNorm } = optionsOf(verb, given, ['format', 'path', 'normalize', 'foldBatchNorm'])
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
  const asked = { normalize, foldBatchNorm }
  const [unfit] = Object.entries(asked).filter(([, value]) => known !== 'onnx' && value !== undefined)
  if (unfit !== undefined) {
    throw problem(
      `export() takes ${unfit[0]} for ONNX only.`,
      { verb, option: unfit[0], format: known },
      `Leave it out, or write format: 'onnx'.`,
    )
  }
  const on = (option: keyof typeof asked): boolean => asked[option] !== undefined && oneOf(verb, option, asked[option], [true, false])
  return {
    ...{ format: known, path },
    ...(on('normalize') ? { normalize: { data: setting.data } } : {}),
    ...(on('foldBatchNorm') ? { foldBatchNorm: true } : {}),
  }
}
