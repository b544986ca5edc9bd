/**
 * Initial weights from a seed: pure arithmetic with one random stream per parameter, so a layer's weights do not depend on the layers
 * before it.
 */
import { keptOf } from '../../masks.ts'
import { isKernel, type Masks, type Parameter, sizeOf, type Topology, type Weights } from '../../network.ts'
import { Stream } from '../../random/stream.ts'

/** @param seed a whole number, 0 ≤ seed < 2³² */
export function initialise({ parameters }: Topology, seed: number): Weights {
  return new Map(parameters.map((parameter, index) => [parameter.name, draw(parameter, new Stream(seed, 'init', index))]))
}

/**
 * The same network with kernels drawn from N(0, 2/n), He's rule for the masked fan: n is the average number of remaining weights per unit
 * (`fanIn`) or per input (`fanOut`). Units and inputs without any weight count too.
 */
export function heFor(topology: Topology, masks: Masks, fan: 'fanIn' | 'fanOut'): Topology {
  const parameters = topology.parameters.map((parameter): Parameter => {
    const { role, shape } = parameter
    if (role !== 'kernel') return parameter
    const left = keptOf(masks, parameter)
    const among = shape.at(fan === 'fanIn' ? -1 : -2)!
    return { ...parameter, initializer: { kind: 'normal', std: Math.sqrt(2 / Math.max(1, left / among)) } }
  })
  return { ...topology, parameters }
}

/** The kernels of `drawn` with the signs of `like`. Where `like` is zero, the drawn sign stays. */
export function withSigns({ parameters }: Topology, drawn: Weights, like: Weights): Weights {
  const signed = parameters.filter(isKernel).map(({ name }) => {
    const signs = like.get(name)!
    return [name, drawn.get(name)!.map((value, i) => (value * signs[i]! < 0 ? -value : value))] as const
  })
  return new Map([...drawn, ...signed])
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
    case 'parts':
      return values.map((_, i) => initializer.values[Math.floor((i * initializer.values.length) / values.length)]!)
    case 'orthogonal':
      return orthogonal(shape, stream).map((value) => value * initializer.gain)
    case 'normal':
      for (let i = 0; i < values.length; i += 2) {
        const [first, second] = stream.normals()
        values[i] = first * initializer.std
        if (i + 1 < values.length) values[i + 1] = second * initializer.std
      }
      return initializer.mean === undefined ? values : values.map((value) => value + initializer.mean!)
  }
}

/** Normal numbers, orthogonalised by rows or columns (Gram-Schmidt, applied twice for numerical stability). */
function orthogonal(shape: readonly number[], stream: Stream): Float32Array {
  const columns = shape.at(-1)!
  const rows = sizeOf(shape) / columns
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows]
  const made: Float64Array[] = []
  for (let i = 0; i < count; i++) {
    const vector = Float64Array.from({ length }, () => stream.normals()[0])
    for (const other of [...made, ...made]) {
      const along = dot(vector, other)
      for (let j = 0; j < length; j++) vector[j]! -= along * other[j]!
    }
    const norm = Math.sqrt(dot(vector, vector))
    made.push(vector.map((value) => value / norm))
  }
  const values = new Float32Array(rows * columns)
  for (const [i, vector] of made.entries())
    for (const [j, value] of vector.entries()) values[rows < columns ? i * columns + j : j * columns + i] = value
  return values
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
