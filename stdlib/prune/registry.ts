/** What descriptions of criteria mean, and the masks that follow from them. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import declared, { type Criterion } from '../../dsl/parts/criteria.ts'
import type { CriterionRecord } from '../../dsl/parts/pruner.ts'
import type { Pace } from '../../dsl/parts/sparsity.ts'
import type { Network, Topology } from '../network.ts'
import { entryOf, type Registry } from '../registry.ts'
import type { StageServices } from '../training/services.ts'
import type { ChannelCriterion, ChooseMasks, CriterionOf, WeightCriterion } from './criterion.ts'
import { customCriterion } from './custom.ts'
import { filterL1Criterion, filterL2Criterion } from './filter-norm.ts'
import { gradientCriterion } from './gradient.ts'
import { lampCriterion } from './lamp.ts'
import { magnitudeCriterion } from './magnitude.ts'
import { movementCriterion } from './movement.ts'
import { randomCriterion } from './random.ts'
import { rankedMasks, refuseTooFew } from './ranking.ts'
import { slimmingCriterion } from './slimming.ts'
import { channelMasks } from './structured.ts'

const criteria: Registry<WeightCriterion | ChannelCriterion> = {
  magnitude: magnitudeCriterion,
  lamp: lampCriterion,
  random: randomCriterion,
  gradient: gradientCriterion,
  movement: movementCriterion,
  filterL1: filterL1Criterion,
  filterL2: filterL2Criterion,
  slimming: slimmingCriterion,
  custom: customCriterion,
} satisfies { readonly [K in Criterion['kind']]: Computes<K> }

/** What leaves masks of whole channels ranks them. */
type Computes<K extends Criterion['kind']> = (typeof declared)[K]['mask'] extends 'structured'
  ? ChannelCriterion
  : WeightCriterion<CriterionOf<K>>

const criterionOf = ({ kind }: Criterion) => entryOf('criterion', criteria, kind)

/** Whether whole channels go. */
export const isStructured = (criterion: Criterion): boolean => 'channelScores' in criterionOf(criterion)

/** Whether a training must sum up the movement of its weights. */
export function looksAtMovement(criterion: Criterion): boolean {
  const record = criterionOf(criterion)
  return 'scorer' in record && record.movement === true
}

/** What is known before there are scores. @throws PipelineProblem where a layer would be left empty */
export function refuseCertainCollapse(topology: Topology, options: PruneOptions): void {
  if (!isStructured(options.criterion)) refuseTooFew(topology, options)
}

/**
 * An engine is opened only for a criterion that needs one.
 * @throws PipelineProblem for a criterion that is not known, and for one that cannot choose at this pace
 */
export async function maskChooser(
  criterion: Criterion,
  pace: Pace,
  network: Network,
  services: StageServices,
  channels?: 'kernels',
): Promise<ChooseMasks> {
  const record = criterionOf(criterion)
  const { pace: only = pace }: CriterionRecord = declared[criterion.kind]
  if (only !== pace) {
    throw new PipelineProblem({
      title: `The criterion ${criterion.kind} chooses ${only}.`,
      facts: { 'asked for': pace },
      hint: 'Choose another criterion, or prune at another time.',
    })
  }
  if ('scorer' in record) {
    const scores = await record.scorer(criterion, network, services)
    return (now, options, left = now.masks) => rankedMasks({ ...now, masks: left }, scores(now), options)
  }
  const groups = (await services.network(network.topology.model)).channels()
  return (now, options, left = now.masks) => channelMasks({ ...now, masks: left }, groups, record, options, channels)
}
