/** Processor features of this machine that the TensorFlow library uses. */
import { readFileSync } from 'node:fs'

/** Cached: they are read from a long file, and needed for every stage of a run. */
let known: { readonly flags: ReadonlySet<string> | undefined } | undefined

/** Linux's names of the processor's features; undefined where the system does not report them. */
export function processorFlags(): ReadonlySet<string> | undefined {
  known ??= { flags: readFlags() }
  return known.flags
}

function readFlags(): ReadonlySet<string> | undefined {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]
    return flags === undefined ? undefined : new Set(flags.trim().split(/\s+/))
  } catch {
    return undefined
  }
}

/** The widest first. oneDNN uses the widest available, and each sums in another order. */
const sets = [
  ['amx', 'amx_tile'],
  ['avx512', 'avx512f'],
  ['avx2', 'avx2'],
  ['avx', 'avx'],
] as const

/** The user's limit on the instructions that oneDNN may use, if set. It reads both names, the first one first. */
const oneDNNLimit = ({ ONEDNN_MAX_CPU_ISA, DNNL_MAX_CPU_ISA }: NodeJS.ProcessEnv): string | undefined =>
  ONEDNN_MAX_CPU_ISA || DNNL_MAX_CPU_ISA || undefined

/** Part of the numerics: a virtual machine's processor name does not identify it, and a limit may keep oneDNN from the widest. */
export function instructionSet(flags = processorFlags(), env = process.env): string {
  const limit = oneDNNLimit(env)
  const widest = sets.find(([, flag]) => flags?.has(flag))?.[0] ?? 'unknown'
  return limit === undefined ? widest : `${widest}, at most ${limit}`
}

/** float32 numbers in a vector register of the widest kernels that oneDNN may use: 16 with AVX-512, else 8. */
export function vectorsOfOneDNN(flags = processorFlags(), env = process.env): 8 | 16 {
  const limit = oneDNNLimit(env)?.toLowerCase() ?? ''
  return flags?.has('avx512f') === true && !/^(sse41|avx|avx2.*)$/.test(limit) ? 16 : 8
}

/** Processors with bfloat16 products in hardware. */
const bfloat16Flags = ['avx512_bf16', 'amx_bf16'] as const

/** Values of oneDNN's limit that exclude those instructions; an unknown value is no limit. */
const bfloat16Excluded: ReadonlySet<string> = new Set([
  'sse41',
  'avx',
  'avx2',
  'avx2_vnni',
  'avx2_vnni_2',
  'avx512_core',
  'avx512_core_vnni',
])

/**
 * What computes without bfloat16 products, in words; undefined where they are available. Elsewhere they are worse than slow: TensorFlow's
 * own kernels truncate results instead of rounding them and sum gradients of convolutions in bfloat16, and with a limit below AVX-512 the
 * process ends.
 */
export function withoutBfloat16(flags = processorFlags(), env = process.env): string | undefined {
  if (!bfloat16Flags.some((flag) => flags?.has(flag))) return 'this processor'
  const limit = oneDNNLimit(env)
  return limit !== undefined && bfloat16Excluded.has(limit.toLowerCase()) ? `this processor with oneDNN held to ${limit}` : undefined
}
