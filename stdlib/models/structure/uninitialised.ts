/** Builds without initialising: initial weights come from a seed and the description, so those of tf.layers would be discarded. */
import type { Tf } from '../../engine.ts'

type Apply = (shape: number[], dtype?: 'float32') => unknown

/** Runs `build` while tf.layers' random initializers return zeros; for a VGG-19 they would draw twenty million numbers. */
export function uninitialised<T>(tf: Tf, build: () => T): T {
  const { varianceScaling, randomNormal, randomUniform, truncatedNormal, orthogonal } = tf.initializers
  const drawing = [
    varianceScaling({ scale: 1, mode: 'fanIn', distribution: 'normal' }),
    randomNormal({}),
    randomUniform({}),
    truncatedNormal({}),
    orthogonal({}),
  ].map((initializer) => Object.getPrototypeOf(initializer) as { apply: Apply })
  const before = drawing.map(({ apply }) => apply)
  for (const kind of drawing) kind.apply = (shape, dtype) => tf.zeros(shape, dtype)
  try {
    return build()
  } finally {
    drawing.forEach((kind, i) => {
      kind.apply = before[i]!
    })
  }
}
