/** The implementations of criteria, and the masks they produce. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { PruneOptions } from '../../dsl/graph/stage-options.ts'
import declared, { type Criterion } from '../../dsl/parts/criteria.ts'
import type { CriterionRecord } from '../../dsl/parts/pruner.ts'
import type { Pace } from '../../dsl/parts/sparsity.ts'
import type { LayersModel } from '../engine.ts'
import { channelGroups } from '../models/structure/channels.ts'
import { summaryOf } from '../models/structure/summary.ts'
import type { Masks, Network, Topology } from '../network.ts'
import { entryOf, type Registry } from '../registry.ts'
import type { StageServices } from '../training/services.ts'
import type { ChannelCriterion, ChooseMasks, CriterionOf, IterativeCriterion, UserChannelCriterion, WeightCriterion } from './criterion.ts'
import { customCriterion } from './custom.ts'
import { customFilterCriterion } from './custom-filter.ts'
import { filterL1Criterion, filterL2Criterion } from './filter-norm.ts'
import { forceCriterion } from './force.ts'
import { gradientCriterion } from './gradient.ts'
import { graspCriterion } from './grasp.ts'
import { lampCriterion } from './lamp.ts'
import { magnitudeCriterion } from './magnitude.ts'
import { movementCriterion } from './movement.ts'
import { randomCriterion } from './random.ts'
import { rankedMasks, refuseTooFew } from './ranking.ts'
import { prunedInRounds } from './rounds.ts'
import { slimmingCriterion } from './slimming.ts'
import { channelMasks, freeGroups, refuseBudget } from './structured.ts'
import { synflowCriterion } from './synflow.ts'

type Computed = WeightCriterion | IterativeCriterion | ChannelCriterion | UserChannelCriterion
const criteria: Registry<Computed> = {
  magnitude: magnitudeCriterion,
  lamp: lampCriterion,
  random: randomCriterion,
  gradient: gradientCriterion,
  force: forceCriterion,
  grasp: graspCriterion,
  synflow: synflowCriterion,
  movement: movementCriterion,
  filterL1: filterL1Criterion,
  filterL2: filterL2Criterion,
  slimming: slimmingCriterion,
  custom: customCriterion,
  customFilter: customFilterCriterion,
} satisfies { readonly [K in Criterion['kind']]: Computes<K> }

/** Criteria with structured masks rank channels. */
type Computes<K extends Criterion['kind']> = (typeof declared)[K]['mask'] extends 'structured'
  ? ChannelCriterion | UserChannelCriterion<CriterionOf<K>>
  : WeightCriterion<CriterionOf<K>> | IterativeCriterion<CriterionOf<K>>

const criterionOf = ({ kind }: Criterion) => entryOf('criterion', criteria, kind)

/** Whether it removes whole channels. */
export function isStructured(criterion: Criterion): boolean {
  const record = criterionOf(criterion)
  return 'channelScores' in record || 'channelCriterion' in record
}

/** Whether the training must accumulate the movement of its weights. */
export function looksAtMovement(criterion: Criterion): boolean {
  const record = criterionOf(criterion)
  return 'movement' in record && record.movement === true
}

/** @throws PipelineProblem if no channel may be removed, or a named layer has none */
export function refuseFixedChannels(model: LayersModel, options: PruneOptions): void {
  if (isStructured(options.criterion)) freeGroups(channelGroups(model), options)
}

/** The checks that need no scores. @throws PipelineProblem if a layer would be empty, or a budget cannot be reached */
export function refuseImpossible(topology: Topology, model: LayersModel, options: PruneOptions): void {
  if (isStructured(options.criterion)) {
    if (options.counts !== undefined) refuseBudget(topology, channelGroups(model), options, summaryOf(model, topology).layers)
  } else if (options.pattern === undefined) refuseTooFew(topology, options)
}

/**
 * The masks after one-shot pruning. An engine is opened only if the criterion needs one.
 * @throws PipelineProblem for an unknown criterion, and for one that prunes during training
 */
export async function masksAtOnce(network: Network, options: PruneOptions, services: StageServices): Promise<Masks> {
  refusePace(options.criterion, 'at once')
  const record = criterionOf(options.criterion)
  if ('rounds' in record) return prunedInRounds(record, network, options, services)
  return (await chooser(record, options.criterion, network, services))(network, options)
}

/** How masks change during training. @throws PipelineProblem for an unknown criterion, and for a one-shot criterion */
export async function maskChooser(
  criterion: Criterion,
  network: Network,
  services: StageServices,
  channels?: 'kernels',
): Promise<ChooseMasks> {
  refusePace(criterion, 'during training')
  return chooser(criterionOf(criterion), criterion, network, services, channels)
}

function refusePace(criterion: Criterion, pace: Pace): void {
  const { kind } = criterion
  criterionOf(criterion) // known
  const { pace: only = pace }: CriterionRecord = declared[kind]
  if (only === pace) return
  throw new PipelineProblem({
    title: `The criterion ${kind} chooses ${only}.`,
    facts: { 'asked for': pace },
    hint: 'Choose another criterion, or prune at another time.',
  })
}

async function chooser(
  record: Computed,
  criterion: Criterion,
  network: Network,
  services: StageServices,
  channels?: 'kernels',
): Promise<ChooseMasks> {
  if ('channelScores' in record || 'channelCriterion' in record) {
    const bound = await services.network(network.topology.model)
    const [groups, { layers }] = [bound.channels(), bound.summary()]
    const ranked = 'channelScores' in record ? () => record : await record.channelCriterion(criterion, services)
    return (now, options, left = now.masks) => channelMasks({ ...now, masks: left }, groups, ranked(options), options, channels, layers)
  }
  if ('rounds' in record) throw new TypeError(`${criterion.kind} chooses at once`)
  const scores = await record.scorer(criterion, network, services)
  return (now, options, left = now.masks) => rankedMasks({ ...now, masks: left }, scores(now, options), options)
}
