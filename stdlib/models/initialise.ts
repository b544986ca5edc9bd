/** First weights from a seed: pure arithmetic, each parameter a stream of its own, so a layer's weights do not depend on the layers before it. */
import { type Parameter, sizeOf, type Topology, type Weights } from '../network.ts'
import { Stream } from '../random/stream.ts'

/** @param seed a whole number from 0 below 2³² */
export function initialise({ parameters }: Topology, seed: number): Weights {
  return new Map(parameters.map((parameter, index) => [parameter.name, draw(parameter, new Stream(seed, 'init', index))]))
}

function draw({ shape, initializer }: Parameter, stream: Stream): Float32Array {
  const values = new Float32Array(sizeOf(shape))
  switch (initializer.kind) {
    case 'zeros':
      return values
    case 'ones':
      return values.fill(1)
    case 'constant':
      return values.fill(initializer.value)
    case 'uniform':
      return values.map(() => (2 * stream.uniform() - 1) * initializer.limit)
    case 'normal':
      for (let i = 0; i < values.length; i += 2) {
        const [first, second] = stream.normals()
        values[i] = first * initializer.std
        if (i + 1 < values.length) values[i + 1] = second * initializer.std
      }
      return values
  }
}
