/**
 * SynFlow: iterative synaptic flow pruning (Tanaka et al., NeurIPS 2020, arXiv 2006.05467, algorithm 1). It needs no data: R is the sum of
 * the logits for an image of ones, with absolute parameters and batch norm in evaluation mode. The score of a weight is |w · ∂R/∂w|, the
 * sum of the products of weights along all paths through it. The total score is the same for every layer, so no layer is emptied before the
 * others; a single round can still empty layers.
 */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Engine } from '../engine.ts'
import { applyMasks } from '../masks.ts'
import type { Network } from '../network.ts'
import type { BoundNetwork } from '../training/bound-network.ts'
import type { CriterionOf, IterativeCriterion, Scores } from './criterion.ts'

export const synflowCriterion: IterativeCriterion<CriterionOf<'synflow'>> = {
  rounds: ({ rounds }) => rounds,
  async scorer(_, { topology }, services) {
    return synapticFlow(await services.engine(), await services.network(topology.model))
  },
}

/** @throws PipelineProblem if the flow overflows float32, in a network with many wide layers */
export function synapticFlow(engine: Engine, network: BoundNetwork) {
  const { tf } = engine
  const kernels = network.topology.parameters.filter(({ prunable }) => prunable)
  const variables = kernels.map(({ name }) => network.variables.get(name)!)
  const image = { name: 'image', shape: [1, ...network.topology.input], dtype: 'float32' as const }
  const step = engine.compile('flow', [image], (image) => {
    const { grads } = tf.variableGrads(() => tf.sum(network.logits(image!, false)).asScalar(), variables)
    return variables.map((variable) => grads[variable.name]!)
  })
  return {
    async scores({ weights, masks }: Pick<Network, 'weights' | 'masks'>): Promise<Scores> {
      const sizes = new Map([...applyMasks(weights, masks)].map(([name, values]) => [name, values.map(Math.abs)]))
      network.load(sizes)
      const ones = tf.ones(image.shape)
      const gradients = await step.run([ones])
      const scores = new Map<string, Float32Array>()
      for (const [k, { name }] of kernels.entries()) {
        const flow = (await engine.read(gradients[k]!)) as Float32Array // float32 gradients
        scores.set(
          name,
          flow.map((value, i) => Math.abs(value * sizes.get(name)![i]!)),
        )
      }
      tf.dispose([ones, ...gradients])
      for (const [name, values] of scores) if (!values.every(Number.isFinite)) throw tooLarge(name)
      return scores
    },
    dispose: () => step.dispose(),
  }
}

const tooLarge = (parameter: string) =>
  new PipelineProblem({
    title: 'The synaptic flow of this network is larger than single-precision numbers are.',
    facts: { parameter },
    hint: 'Prune it by another criterion: gradient(), force() or magnitude().',
  })
