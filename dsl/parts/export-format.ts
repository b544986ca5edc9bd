/** What export() writes, with the ending that a format's file must have; one that is a folder may have any name. */
export const exportFormats = {
  safetensors: '.safetensors',
  tfjs: undefined,
  onnx: '.onnx',
  huggingface: undefined,
} as const

export const exportFormatNames = Object.keys(exportFormats) as readonly (keyof typeof exportFormats)[]
