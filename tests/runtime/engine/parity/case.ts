/** One operation under test: what it is given, what is computed of it, and what each engine is known not to do. */
import type { Engine, Tensor, Tf } from '../../../../stdlib/engine.ts'
import { Draw, type Given } from './draw.ts'

export interface Drawn {
  readonly inputs: readonly Given[]
  /** A method, so that an operation may ask for tensors of its rank. */
  op(tf: Tf, ...inputs: Tensor[]): Tensor | Tensor[]
}

export interface Case {
  readonly name: string
  /** Kernels of tfjs-node that it is there for. They must run, in the operation or in its gradient. */
  readonly kernels: readonly string[]
  draw(draw: Draw): Drawn
  /** Numbers of the inputs that are differentiated. Default: all that are float32. A sentence: why there is no gradient to look at. */
  readonly gradient?: readonly number[] | string
  /** Largest difference of the portable engine's values and gradients, relative to the largest value. Default 2e-6. */
  readonly tolerance?: number
  /** Largest difference of the gradients from finite differences, relative to the largest. Default 2e-3. */
  readonly slopeTolerance?: number
  /** Why it cannot be part of a compiled step. */
  readonly untraceable?: string
  /** Why the portable engine does not compute it, or not its gradient. */
  readonly notPortable?: string
  readonly gradientNotPortable?: string
}

export const rounds = 3

export const drawn = (test: Case, round: number): Drawn => test.draw(new Draw(test.name, round))

/** Of a copy: tfjs keeps the array it is given until it first needs it. */
export function tensorOf({ tf }: Engine, { values, shape, dtype }: Given): Tensor {
  return tf.tensor(values.slice(), [...shape], dtype)
}

/** Numbers of the inputs whose gradient is looked at. */
export function differentiated({ gradient }: Case, { inputs }: Drawn): readonly number[] {
  if (typeof gradient === 'string') return []
  return gradient ?? inputs.flatMap(({ dtype }, i) => (dtype === 'float32' ? [i] : []))
}

/** One set of weights for each float32 result: what comes back through the gradient. */
export function cotangents(test: Case, round: number, outputs: readonly Pick<Tensor, 'shape' | 'dtype'>[]): Given[] {
  const draw = new Draw(`${test.name} backwards`, round)
  return outputs.map(({ shape }) => draw.floats(shape, { from: -1, to: 1 }))
}

export const results = (output: Tensor | Tensor[]): Tensor[] => (Array.isArray(output) ? output : [output])

/** The gradient of Σ dy·op(inputs) for the inputs numbered `wanted`. */
export function gradients({ tf }: Engine, { op }: Drawn, wanted: readonly number[], inputs: readonly Tensor[], dys: readonly Tensor[]) {
  const f = (...moving: Tensor[]): Tensor => {
    const outputs = results(op(tf, ...inputs.map((input, i) => moving[wanted.indexOf(i)] ?? input)))
    if (outputs.length === 1) return outputs[0]!
    return tf.addN(outputs.map((output, i) => tf.sum(tf.mul(output, dys[i]!))))
  }
  const at = wanted.map((i) => inputs[i]!)
  return dys.length === 1 ? tf.grads(f)(at, dys[0]!) : tf.grads(f)(at)
}
