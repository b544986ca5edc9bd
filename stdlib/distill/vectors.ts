/** Methods that compare the inputs of the last layers require vectors there. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { LayersModel } from '../engine.ts'
import { embeddingOf } from '../models/structure/rebuild.ts'

/** @throws PipelineProblem if the input of a last layer is not a vector */
export function refuseMaps(verb: string, ...networks: readonly LayersModel[]): void {
  const map = networks.map(embeddingOf).find(({ shape }) => shape.length !== 2)
  if (map === undefined) return
  throw new PipelineProblem({
    title: `${verb} compares the vectors that the last layers read, and one reads a map.`,
    facts: { given: `[${map.shape.slice(1).join(', ')}]` },
    hint: 'Pool or flatten it before the last layer.',
  })
}
