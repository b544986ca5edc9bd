/** The formats of export(), with the required file extension; folders can have any name. */
export const exportFormats = {
  safetensors: '.safetensors',
  tfjs: undefined,
  onnx: '.onnx',
  huggingface: undefined,
} as const

export const exportFormatNames = Object.keys(exportFormats) as readonly (keyof typeof exportFormats)[]
