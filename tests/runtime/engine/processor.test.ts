import { expect, it } from 'vitest'
import { numericsOf } from '../../../runtime/engine/numerics.ts'
import { instructionSet, processorFlags, vectorsOfOneDNN } from '../../../runtime/engine/processor.ts'

const flags = (text: string) => new Set(text.split(' '))

it.each([
  ['fpu sse4_1 avx', 'avx'],
  ['fpu avx avx2 fma', 'avx2'],
  ['fpu avx avx2 avx512f avx512_bf16', 'avx512'],
  ['avx avx2 avx512f amx_tile amx_bf16', 'amx'],
  ['fpu sse4_1', 'unknown'],
])('of %s the widest instructions are %s', (given, widest) => {
  expect(instructionSet(flags(given), {})).toBe(widest)
})

it('a limit set for oneDNN is part of them', () => {
  const of = (env: NodeJS.ProcessEnv) => instructionSet(flags('avx avx2 avx512f'), env)
  expect(of({ ONEDNN_MAX_CPU_ISA: 'AVX2' })).toBe('avx512, at most AVX2')
  expect(of({ DNNL_MAX_CPU_ISA: 'AVX2' })).toBe('avx512, at most AVX2')
  expect(of({ ONEDNN_MAX_CPU_ISA: 'ALL', DNNL_MAX_CPU_ISA: 'AVX2' })).toBe('avx512, at most ALL')
})

it('they are recorded of the TensorFlow library, which sums in their width, and not of the portable engine, which does not', () => {
  expect(numericsOf({ engine: 'tensorflow', xla: false }, 1).instructions).toBe(instructionSet(processorFlags()))
  expect(numericsOf({ engine: 'portable', xla: false }, 1)).not.toHaveProperty('instructions')
})

it.each([
  ['avx avx2', {}, 8],
  ['avx avx2 avx512f', {}, 16],
  ['avx avx2 avx512f amx_tile', { ONEDNN_MAX_CPU_ISA: 'AVX512_CORE_AMX' }, 16],
  ['avx avx2 avx512f', { ONEDNN_MAX_CPU_ISA: 'avx2' }, 8],
  ['avx avx2 avx512f', { DNNL_MAX_CPU_ISA: 'AVX2_VNNI_2' }, 8],
  ['avx avx2 avx512f', { ONEDNN_MAX_CPU_ISA: 'SSE41' }, 8],
  ['sse4_1', {}, 8],
])('of %s with %j oneDNN computes %d numbers at once', (given, env, vectors) => expect(vectorsOfOneDNN(flags(given), env)).toBe(vectors))
