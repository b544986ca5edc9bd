import { oneOf, optionsOf, problem, shown } from '../check/checks.ts'
import type { ExportOptions } from '../graph/stage-options.ts'
import { exportFormatNames, exportFormats } from '../parts/export-format.ts'

/** What a user may give to export(). The path stays below the project's folder. */
export const exportOptions = (given: unknown): ExportOptions => {
  const verb = 'export()'
  const { format, path } = optionsOf(verb, given, ['format', 'path'])
  const parts = typeof path === 'string' ? path.split('/') : []
  const strange = (part: string) => part === '' || part === '.' || part === '..' || /[\\:\0]/.test(part)
  if (typeof path !== 'string' || parts.some(strange)) {
    throw problem(
      'export() writes below the folder of the project.',
      { verb, option: 'path', value: shown(path), allowed: "a relative path without '.' or '..', with forward slashes" },
      "For example path: 'models/ticket.safetensors'.",
    )
  }
  if (format === 'onnx') {
    throw problem(
      'export() writes no ONNX: nothing for Node.js does it well enough to be trusted.',
      { verb, option: 'format', value: shown(format), allowed: exportFormatNames.map((name) => `'${name}'`).join(', ') },
      "Write format: 'tfjs' and convert that with tf2onnx.",
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
  return { format: known, path }
}
