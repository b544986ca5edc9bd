/**
 * Which nodes of a trace may still be of use. tfjs computes gradients that it does not return, such as that of the images by the first
 * convolution; what waits for them makes TensorFlow compute them.
 */
import type { Ptr, TfOutput } from './capi.ts'
import type { Metadata } from './metadata.ts'

interface Made {
  /** Of its outputs; none if it is made for its effect. */
  readonly tensors: readonly Metadata[]
  /** Nodes with an input from it. */
  readonly takers: Ptr[]
}

export class LivingNodes {
  readonly #isLive: (tensor: number) => boolean
  readonly #made = new Map<Ptr, Made>()

  /** @param isLive false once the tensor is disposed */
  constructor(isLive: (tensor: number) => boolean) {
    this.#isLive = isLive
  }

  made(node: Ptr, inputs: readonly TfOutput[]): void {
    this.#made.set(node, { tensors: [], takers: [] })
    for (const { oper } of inputs) this.#made.get(oper)?.takers.push(node)
  }

  gave(node: Ptr, tensors: readonly Metadata[]): void {
    this.#made.set(node, { ...this.#made.get(node)!, tensors })
  }

  /** Whether its result, or what was made of it, can still be taken or has an effect. */
  isLiving(node: Ptr): boolean {
    const [left, seen] = [[node], new Set<Ptr>()]
    while (left.length > 0) {
      const each = left.pop()
      if (seen.has(each)) continue
      seen.add(each)
      const made = this.#made.get(each)!
      if (this.#matters(made)) return true
      left.push(...made.takers)
    }
    return false
  }

  /** Living nodes whose results no living one has taken so far. */
  open(): Ptr[] {
    const open = ([, made]: [Ptr, Made]) => this.#matters(made) && !made.takers.some((taker) => this.isLiving(taker))
    return [...this.#made].filter(open).map(([node]) => node)
  }

  #matters({ tensors }: Made): boolean {
    return tensors.length === 0 || tensors.some(({ id }) => this.#isLive(id))
  }
}
