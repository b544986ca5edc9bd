/** The requirements of methods on networks, checked at run time. */

import { problem } from '../check/checks.ts'
import type { PipelineProblem } from '../check/problem.ts'
import criteria from '../parts/criteria.ts'
import type { Described } from '../parts/distiller.ts'
import { type CriterionRecord, layersNamed } from '../parts/pruner.ts'
import type { Spec } from '../parts/spec.ts'
import type { Facts } from './facts.ts'
import type { PrunerSpec } from './prune.ts'

/** @throws PipelineProblem for layers that the network does not have, and for criteria whose requirements it does not meet */
export const fitsPruner = (
  verb: string,
  { arch, model, predicts }: Described & Pick<Facts['setting'], 'predicts'>,
  spec: PrunerSpec,
): void => {
  const missing = layersNamed(spec).find((layer) => !Object.hasOwn(arch.layers, layer))
  if (missing !== undefined) throw lacksLayer(verb, { arch, model }, missing)
  const { criterion, milliseconds } = spec
  const untimed = milliseconds && Object.keys(arch.layers).find((layer) => milliseconds[layer] === undefined)
  if (untimed !== undefined) {
    throw problem(
      `The table of times lacks the layer ${untimed}.`,
      { verb, layers: Object.keys(arch.layers).join(', ') },
      'Give each layer its time in milliseconds; 0 where it takes none.',
    )
  }
  const { kind } = criterion
  if (predicts === 'numbers' && ('data' in criteria[kind].options || (criterion.kind === 'custom' && criterion.gradient !== undefined))) {
    throw problem(
      `${kind === 'custom' ? 'criterion()' : `${kind}()`} looks at the gradient of the cross-entropy, and these data have numbers.`,
      { verb, network: model.name },
      'Choose a criterion of weights, for example magnitude().',
    )
  }
  const { mask, batchNorm }: CriterionRecord = criteria[kind]
  if (mask === 'structured' && arch.channels !== 'has channels') throw lacks(verb, model, `${kind}() removes channels`, arch.channels)
  if (batchNorm && arch.norm !== 'batch-norm') throw lacks(verb, model, `${kind}() looks at batch norm`, arch.norm)
}

export const lacksLayer = (verb: string, { arch, model }: Described, layer: string): PipelineProblem =>
  problem(`${model.name} has no layer called '${layer}'.`, { verb, layers: Object.keys(arch.layers).join(', ') }, 'Name one of its layers.')

export const lacks = (verb: string, model: Spec, asked: string, found: string): PipelineProblem =>
  problem(`${asked}, and ${model.name} does not fit.`, { verb, network: model.name, found }, 'Choose another network, or another method.')
