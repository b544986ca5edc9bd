/**
 * What an engine with these settings computes with. Known before it is opened, so that a plan can tell which checkpoints it may
 * continue from; the engines take their own from here.
 */
import { cpus } from 'node:os'
import type { TrainOptions } from '../../dsl/graph/stage-options.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import type { EngineSettings } from './choice.ts'
import { tensorflowVersion } from './library.ts'
import { instructionSet } from './processor.ts'

/** Of tfjs' WebAssembly back end, pinned in package.json. */
const portableVersion = '4.22.0'

/** 2: batch norm takes other views of channels that fill no vectors; convolutions of few pixels are products. */
const operations = 2

/** Asking the system reads a file and the environment, and a plan asks for every stage. */
let processor: { readonly name: string; readonly instructions: string } | undefined

/** `threads` as asked for; the portable engine has one. */
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
    // Each said only where it matters: the portable engine gives the same bits on every processor.
    ...(gpu === undefined ? {} : { tf32: false }),
    ...(native && gpu === undefined ? { instructions: processor.instructions, operations } : {}),
  }
}

/** Of a training on that engine: what its own options say of XLA and precision comes first. */
export function numericsOfTraining(numerics: Numerics, { xla, precision }: Pick<TrainOptions, 'xla' | 'precision'>): Numerics {
  return { ...numerics, xla: xla ?? numerics.xla, precision: precision ?? numerics.precision }
}
