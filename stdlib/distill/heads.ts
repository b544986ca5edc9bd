/** Layers that a student has only during training. The description of the training network names them; they are removed afterwards. */
import { initialise } from '../models/structure/initialise.ts'
import type { Network, Topology } from '../network.ts'

/** The student with the additional layers of this topology, initialised from the seed. */
export function withHeads(topology: Topology, student: Network, seed: number): Network {
  return { topology, weights: new Map([...initialise(topology, seed), ...student.weights]), masks: student.masks }
}

/** The trained student without the additional layers. */
export function withoutHeads({ topology }: Network): (trained: Network) => Network {
  return ({ weights, masks }) => ({
    topology,
    weights: new Map(topology.parameters.map(({ name }) => [name, weights.get(name)!])),
    masks,
  })
}
