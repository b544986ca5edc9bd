/** Which of the features that the TensorFlow library uses the processor of this machine has. */
import { readFileSync } from 'node:fs'

/** Asking the system reads a long file, and a run asks for every stage. */
let known: { readonly flags: ReadonlySet<string> | undefined } | undefined

/** Linux's words for the processor's features; undefined where the system does not tell. */
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

/** The widest first. oneDNN takes the widest there is, and each sums in another order. */
const sets = [
  ['amx', 'amx_tile'],
  ['avx512', 'avx512f'],
  ['avx2', 'avx2'],
  ['avx', 'avx'],
] as const

/** The most that oneDNN may take, if the user set a limit. It reads both names, the first one first. */
const oneDNNLimit = ({ ONEDNN_MAX_CPU_ISA, DNNL_MAX_CPU_ISA }: NodeJS.ProcessEnv): string | undefined =>
  ONEDNN_MAX_CPU_ISA || DNNL_MAX_CPU_ISA || undefined

/** A virtual machine's processor has a name that does not tell; a limit may keep oneDNN from the widest. */
export function instructionSet(flags = processorFlags(), env = process.env): string {
  const limit = oneDNNLimit(env)
  const widest = sets.find(([, flag]) => flags?.has(flag))?.[0] ?? 'unknown'
  return limit === undefined ? widest : `${widest}, at most ${limit}`
}

/** float32 numbers in a vector register of the widest kernels that oneDNN may take: 16 with AVX-512, else 8. */
export function vectorsOfOneDNN(flags = processorFlags(), env = process.env): 8 | 16 {
  const limit = oneDNNLimit(env)?.toLowerCase() ?? ''
  return flags?.has('avx512f') === true && !/^(sse41|avx|avx2.*)$/.test(limit) ? 16 : 8
}

/** Processors that multiply bfloat16 as such. */
const bfloat16Flags = ['avx512_bf16', 'amx_bf16'] as const

/** oneDNN's limits below those instructions; what it does not know is no limit. */
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
 * What computes without products of bfloat16, in words; undefined where they are to be had. Elsewhere they are worse than slow:
 * TensorFlow's own kernels cut results off instead of rounding them and sum gradients of convolutions in bfloat16, and below AVX-512
 * a limit ends the process.
 */
export function withoutBfloat16(flags = processorFlags(), env = process.env): string | undefined {
  if (!bfloat16Flags.some((flag) => flags?.has(flag))) return 'this processor'
  const limit = oneDNNLimit(env)
  return limit !== undefined && bfloat16Excluded.has(limit.toLowerCase()) ? `this processor with oneDNN held to ${limit}` : undefined
}
