/** What the processor of this machine can do, of what the TensorFlow library asks. */
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

/** A virtual machine's processor has a name that does not tell; ONEDNN_MAX_CPU_ISA may keep oneDNN from the widest. */
export function instructionSet(flags = processorFlags(), limit = process.env.ONEDNN_MAX_CPU_ISA): string {
  const widest = sets.find(([, flag]) => flags?.has(flag))?.[0] ?? 'unknown'
  return limit ? `${widest}, at most ${limit}` : widest
}
