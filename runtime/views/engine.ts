/** Engines, processors and GPUs in words. */
import type { Numerics } from '../../stdlib/engine.ts'
import type { Gpu } from '../engine/gpu.ts'
import type { EngineStatus } from '../engine/status.ts'
import { counted } from '../format/words.ts'

export interface EngineView extends EngineStatus {
  readonly ok: boolean
}

/** Result of `espalier doctor`. */
export interface DoctorView {
  readonly ok: boolean
  readonly findings: readonly Finding[]
}

export interface Finding {
  readonly about: string
  /** `advice`: runs work, but could be improved. `wrong`: runs fail, or soon will. */
  readonly state: 'ok' | 'advice' | 'wrong'
  readonly says: string
  /** What to do; empty if there is nothing to do. */
  readonly todo: string
}

/** `tensorflow 2.21.0 on AMD EPYC (avx2), 2 threads, oneDNN, float32` */
export function numericsWords(numerics: Numerics): string {
  const { engine, version, device, deviceName, threads, oneDNN, xla, precision, tf32, instructions } = numerics
  const on =
    device === 'gpu' ? `the GPU ${deviceName}` : [deviceName, ...(instructions === undefined ? [] : [`(${instructions})`])].join(' ')
  const more = [...(oneDNN ? ['oneDNN'] : []), ...(xla ? ['XLA'] : []), precision, ...(tf32 === false ? ['TF32 off'] : [])]
  return `${engine} ${version} on ${on}, ${counted(threads, 'thread')}, ${more.join(', ')}`
}

export function gpuWords({ name, memoryMiB, driver, capability }: Gpu): string {
  const memory = memoryMiB === undefined ? 'shared memory' : `${(memoryMiB / 1024).toFixed(0)} GiB`
  return `${name}, ${memory}, driver ${driver}, compute capability ${capability.toFixed(1)}`
}
