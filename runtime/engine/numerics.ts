/**
 * Numerics of an engine with given settings. Known before the engine is opened, so that a plan can tell which checkpoints it may
 * continue from; the engines report these too.
 */
import { cpus } from 'node:os'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { EngineSettings } from './choice.ts'
import { tensorflowVersion } from './library.ts'
import { instructionSet } from './processor.ts'

/** Of tfjs' WebAssembly back end, pinned in package.json. */
const portableVersion = '4.22.0'

/** 2: batch norm reshapes channel counts that do not fill vectors; convolutions of few pixels are matrix products. */
const operations = 2

/** Cached: reading it takes a file and the environment, and a plan needs it for every stage. */
let processor: { readonly name: string; readonly instructions: string } | undefined

/** @param threads as requested; the portable engine has one */
export function numericsOf({ engine, xla, gpu }: EngineSettings, threads: number): Numerics {
  const native = engine === 'tensorflow'
  processor ??= { name: cpus()[0]?.model.trim() || process.arch, instructions: instructionSet() }
  return {
    engine,
    version: native ? tensorflowVersion : portableVersion,
    device: gpu === undefined ? 'cpu' : 'gpu',
    deviceName: gpu ?? processor.name,
    threads: native ? threads : 1,
    oneDNN: native,
    xla,
    precision: 'float32',
    // Only where they matter: the portable engine computes the same bits on every processor.
    ...(gpu === undefined ? {} : { tf32: false }),
    ...(native && gpu === undefined ? { instructions: processor.instructions, operations } : {}),
  }
}

/** Numerics of a training: its own options for XLA and precision take precedence. */
export function numericsOfTraining(numerics: Numerics, { xla, precision }: Pick<TrainOptions, 'xla' | 'precision'>): Numerics {
  return { ...numerics, xla: xla ?? numerics.xla, precision: precision ?? numerics.precision }
}
