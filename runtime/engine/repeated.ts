/** A step whose body runs several times in one call. */
import type { Tensor, TensorSpec, Tf } from '../../stdlib/engine.ts'

type Body = (...inputs: Tensor[]) => Tensor[]

/** Inputs of `times` runs, on a first axis. */
export const inputsOfRuns = (specs: readonly TensorSpec[], times: number): TensorSpec[] =>
  specs.map((spec) => ({ ...spec, shape: [times, ...spec.shape] }))

/** Runs `body` once for each index of the first axis of its inputs, in order; its outputs get that axis too. `between` runs between two of them. */
export function repeated(tf: Tf, body: Body, times: number, between = (): void => {}): Body {
  return (...stacked) => {
    const inputs = stacked.map((input) => tf.unstack(input))
    const outputs = Array.from({ length: times }, (_, run) => {
      if (run > 0) between()
      // A variable given as an output has its value of this run.
      return body(...inputs.map((each) => each[run]!)).map((output) => output.clone())
    })
    return outputs[0]!.map((_, i) => tf.stack(outputs.map((each) => each[i]!)))
  }
}
