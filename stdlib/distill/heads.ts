/** What a student has for learning alone: layers beside it, which its description for learning names and which are gone afterwards. */
import { initialise } from '../models/structure/initialise.ts'
import type { Network, Topology } from '../network.ts'

/** The student with the other layers of this topology drawn from the seed. */
export function withHeads(topology: Topology, student: Network, seed: number): Network {
  return { topology, weights: new Map([...initialise(topology, seed), ...student.weights]), masks: student.masks }
}

/** The student as it was, trained. */
export function withoutHeads({ topology }: Network): (trained: Network) => Network {
  return ({ weights, masks }) => ({
    topology,
    weights: new Map(topology.parameters.map(({ name }) => [name, weights.get(name)!])),
    masks,
  })
}
