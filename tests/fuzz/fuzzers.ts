import { commandLines } from './arguments.ts'
import { dataFiles, npyFiles, npzFiles, tables, texts } from './data.ts'
import type { Fuzzer } from './fuzzer.ts'
import { kerasFiles } from './keras.ts'
import { onnxFiles } from './onnx.ts'
import { pipelines } from './pipelines.ts'
import { storeFolders, storeIndex } from './store.ts'
import { weightFiles } from './weights.ts'

/** By the names that `npm run fuzz` takes. */
export const fuzzers = [
  dataFiles,
  tables,
  texts,
  npyFiles,
  npzFiles,
  pipelines,
  storeIndex,
  storeFolders,
  commandLines,
  onnxFiles,
  kerasFiles,
  weightFiles,
] as readonly Fuzzer[] // each is given what its own arbitrary draws
