import { mismatch, oneOf, optionsOf } from '../check/checks.ts'
import type { ExportOptions } from '../graph/stage-options.ts'

/** What a user may give to export(). The path stays below the project's folder. */
export const exportOptions = (given: unknown): ExportOptions => {
  const verb = 'export()'
  const { format, path } = optionsOf(verb, given, ['format', 'path'])
  const parts = typeof path === 'string' ? path.split('/') : []
  const strange = (part: string) => part === '' || part === '.' || part === '..' || /[\\:\0]/.test(part)
  if (typeof path !== 'string' || parts.some(strange)) {
    throw mismatch(
      'export() writes below the folder of the project.',
      verb,
      'path',
      path,
      "a relative path without '.' or '..', with forward slashes",
      "For example path: 'models/ticket.safetensors'.",
    )
  }
  if (format === 'onnx') {
    throw mismatch(
      'export() writes no ONNX: nothing for Node.js does it well enough to be trusted.',
      verb,
      'format',
      format,
      "'safetensors', 'tfjs'",
      "Write format: 'tfjs' and convert that with tf2onnx.",
    )
  }
  const known = oneOf(verb, 'format', format, ['safetensors', 'tfjs'])
  if (known === 'safetensors' && !path.endsWith('.safetensors')) {
    const allowed = 'a name that ends in .safetensors'
    throw mismatch(
      'export() writes safetensors to a file of that name.',
      verb,
      'path',
      path,
      allowed,
      `For example path: '${path}.safetensors'.`,
    )
  }
  return { format: known, path }
}
