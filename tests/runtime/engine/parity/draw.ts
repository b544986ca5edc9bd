/** Repeatable draws of shapes, options and values: the same name and round give the same ones on every engine. */

export interface Given {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  readonly values: Float32Array | Int32Array | Uint8Array
}

export interface Range {
  readonly from?: number
  readonly to?: number
  /** Kinks and jumps of the operation: no value comes nearer to one than three steps of the differences. */
  readonly avoid?: readonly number[]
}

/** Half the distance of two values whose difference stands for a slope. */
export const stride = 2 ** -7

export class Draw {
  #state: number

  constructor(name: string, round: number) {
    this.#state = [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5 + round)
    for (let i = 0; i < 8; i++) this.#next()
  }

  /** From 0 up to, not including, 1. */
  #next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0
    return (this.#state >>> 8) / 2 ** 24
  }

  /** Both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1))
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.int(0, choices.length - 1)]!
  }

  shape(rank: number, from = 1, to = 4): number[] {
    return Array.from({ length: rank }, () => this.int(from, to))
  }

  /** A shape that broadcasts to `shape`: some sizes 1, some leading ones left out. */
  narrower(shape: readonly number[]): number[] {
    return shape.slice(this.int(0, shape.length - 1)).map((size) => this.pick([size, size, 1]))
  }

  order(count: number): number[] {
    const order = Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = this.int(0, i)
      ;[order[i], order[j]] = [order[j]!, order[i]!]
    }
    return order
  }

  floats(shape: readonly number[], { from = -2, to = 2, avoid = [] }: Range = {}): Given {
    const near = (value: number) => avoid.some((kink) => Math.abs(value - kink) < 3 * stride)
    const draw = (): number => {
      const value = Math.fround(from + this.#next() * (to - from))
      return near(value) ? draw() : value
    }
    return { shape, dtype: 'float32', values: Float32Array.from({ length: size(shape) }, draw) }
  }

  /** No two nearer than four steps of the differences: which of them is largest does not change under those. */
  distinct(shape: readonly number[], middle = 0): Given {
    const count = size(shape)
    const values = this.order(count).map((place) => middle + (place - count / 2 + this.#next() / 4) * 6 * stride)
    return { shape, dtype: 'float32', values: Float32Array.from(values) }
  }

  ints(shape: readonly number[], from: number, to: number): Given {
    return { shape, dtype: 'int32', values: Int32Array.from({ length: size(shape) }, () => this.int(from, to)) }
  }

  bools(shape: readonly number[]): Given {
    return { shape, dtype: 'bool', values: Uint8Array.from({ length: size(shape) }, () => this.int(0, 1)) }
  }
}

const size = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
