/** The formats that `export()` writes. */
import type { ExportOptions } from '../../dsl/graph/stage-options.ts'
import type { ExportFormat } from './export-format.ts'
import { huggingface } from './huggingface/huggingface.ts'
import { onnx } from './onnx/onnx.ts'
import { safetensors } from './safetensors.ts'
import { tfjs } from './tfjs.ts'

export const exportFormats: { readonly [F in ExportOptions['format']]: ExportFormat } = { safetensors, tfjs, onnx, huggingface }
