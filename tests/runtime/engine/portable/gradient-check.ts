/** Compares gradients of an engine's operations with central differences of plain functions, and with tfjs' cpu backend. */
import { expect } from 'vitest'
import type { Engine, Tensor } from '../../../../stdlib/engine.ts'
import { dot, error, numbers, slope, type Values } from './reference.ts'

export const tensor = (engine: Engine, values: Values, shape: readonly number[]): Tensor =>
  engine.tf.tensor(Float32Array.from(values), [...shape])
export const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

export interface Case {
  readonly shapes: readonly (readonly number[])[]
  readonly op: (...inputs: Tensor[]) => Tensor
  /** The same function in doubles. */
  readonly plain: (...inputs: Values[]) => Values
  readonly inputs?: readonly Values[]
}

/** The gradient of Σ dy·op(inputs) for every input, and the value, against central differences of the plain function. */
export function expectGradients(
  engine: Engine,
  { shapes, op, plain, inputs = shapes.map((shape, i) => numbers(size(shape), i + 1)) }: Case,
  tolerance = 2e-6,
) {
  const { tf } = engine
  const value = plain(...inputs)
  const dy = numbers(value.length, 99)
  const { got, grads } = tf.tidy(() => {
    const tensors = inputs.map((values, i) => tensor(engine, values, shapes[i]!))
    const out = op(...tensors)
    const grads = tf.grads((...xs: Tensor[]) => op(...xs))(tensors, tensor(engine, dy, out.shape))
    return { got: out.dataSync(), grads: grads.map((grad) => grad.dataSync()) }
  })
  expect(error(value, got)).toBeLessThan(tolerance)
  inputs.forEach((at, i) => {
    const expected = slope((x) => dot(dy, plain(...inputs.map((other, j) => (j === i ? x : other)))), at)
    expect(error(expected, grads[i]!), `gradient of input ${i}`).toBeLessThan(tolerance)
  })
}

/** The same gradients on tfjs' own cpu backend, for operations it computes right. */
export function expectLikeCpu(engine: Engine, { shapes, op, plain, inputs = shapes.map((shape, i) => numbers(size(shape), i + 1)) }: Case) {
  const { tf } = engine
  const dy = numbers(plain(...inputs).length, 99)
  const on = (backend: string) => {
    tf.setBackend(backend)
    return tf.tidy(() => {
      const tensors = inputs.map((values, i) => tensor(engine, values, shapes[i]!))
      return tf
        .grads((...xs: Tensor[]) => op(...xs))(tensors, tensor(engine, dy, op(...tensors).shape))
        .map((grad) => grad.dataSync())
    })
  }
  try {
    const expected = on('cpu')
    on('wasm').forEach((grad, i) => {
      expect(error(expected[i]!, grad), `gradient of input ${i}`).toBeLessThan(2e-6)
    })
  } finally {
    tf.setBackend('wasm')
  }
}
