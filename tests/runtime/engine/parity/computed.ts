/** What an engine computes for a case, one operation after the other, as plain arrays that processes can tell each other. */
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { type Case, cotangents, differentiated, drawn, gradients, results, tensorOf } from './case.ts'

type Values = Float32Array | Int32Array | Uint8Array

export interface Computed {
  readonly outputs: readonly Values[]
  /** In the order of the differentiated inputs. */
  readonly gradients: readonly Values[]
}

const valuesOf = (tensors: readonly Tensor[]): Values[] => tensors.map((tensor) => tensor.dataSync().slice() as Values)

/** Throws what the engine throws. */
export function compute(engine: Engine, test: Case, round: number, withGradient: boolean): Computed {
  const it = drawn(test, round)
  return engine.tf.tidy(() => {
    const inputs = it.inputs.map((given) => tensorOf(engine, given))
    const outputs = results(it.op(engine.tf, ...inputs))
    const wanted = withGradient ? differentiated(test, it) : []
    const dys = cotangents(test, round, outputs).map((given) => tensorOf(engine, given))
    return {
      outputs: valuesOf(outputs),
      gradients: wanted.length === 0 ? [] : valuesOf(gradients(engine, it, wanted, inputs, dys)),
    }
  })
}

/** Largest difference relative to the largest expected value; no number on one side only is infinitely far. */
export function distance(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  if (expected.length !== got.length) return Infinity
  let largest = 1e-30
  let off = 0
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [expected[i]!, got[i]!]
    if (Object.is(a, b) || a === b) continue
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity
    off = Math.max(off, Math.abs(a - b))
  }
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!) || 0)
  return off / largest
}
