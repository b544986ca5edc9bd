/** Builder of an ONNX graph: named values in order of computation. */
import type { Model, Node, Tensor } from './model.ts'

export class Graph {
  readonly #nodes: Node[] = []
  readonly #constants = new Map<string, Tensor>()

  /** @param place index of the output that is used; earlier ones are omitted @returns the name of the output */
  add(operator: string, name: string, inputs: readonly string[], attributes: Node['attributes'] = {}, place = 0): string {
    const output = `${name}/output`
    this.#nodes.push({ operator, name, inputs, outputs: [...Array<string>(place).fill(''), output], attributes })
    return output
  }

  constant(name: string, shape: readonly number[], data: Float32Array): string {
    this.#constants.set(name, { shape, data })
    return name
  }

  /** Sizes and positions as 64-bit integers. */
  integers(name: string, values: readonly number[]): string {
    this.#constants.set(name, { shape: [values.length], data: BigInt64Array.from(values, BigInt) })
    return name
  }

  /** @param output the output value, which is renamed to that of the model */
  model(output: string, rest: Omit<Model, 'nodes' | 'constants'>): Model {
    const named = (value: string): string => (value === output ? rest.output.name : value)
    const nodes = this.#nodes.map((node) => ({ ...node, inputs: node.inputs.map(named), outputs: node.outputs.map(named) }))
    return { ...rest, nodes, constants: this.#constants }
  }
}
