/** What descriptions of distillers mean. */

import type { DistillOptions } from '../../dsl/graph/stage-options.ts'
import type { DistillMethod } from '../../dsl/parts/distill.ts'
import type { LayersModel, Tf } from '../engine.ts'
import type { ModelBuilder } from '../models/blocks/description.ts'
import type { Network } from '../network.ts'
import { entryOf, type Registry } from '../registry.ts'
import type { TrainingObjective } from '../training/objective.ts'
import type { StageServices } from '../training/services.ts'
import { atDistiller } from './at.ts'
import { crdDistiller } from './crd.ts'
import { customDistiller } from './custom.ts'
import { distDistiller } from './dist.ts'
import type { DistillerComputation, MethodOf, Pairing } from './distiller.ts'
import { dkdDistiller } from './dkd.ts'
import { fitnetDistiller } from './fitnet.ts'
import { kdDistiller } from './kd.ts'
import { latentBEDistiller } from './latent-be.ts'
import { rkdDistiller } from './rkd.ts'
import { simkdDistiller } from './simkd.ts'
import { spDistiller } from './sp.ts'
import { srrlDistiller } from './srrl.ts'

const distillers: Registry<DistillerComputation> = {
  kd: kdDistiller,
  dkd: dkdDistiller,
  dist: distDistiller,
  fitnet: fitnetDistiller,
  at: atDistiller,
  sp: spDistiller,
  rkd: rkdDistiller,
  srrl: srrlDistiller,
  crd: crdDistiller,
  simkd: simkdDistiller,
  latentBE: latentBEDistiller,
  custom: customDistiller,
} satisfies { readonly [K in DistillMethod['kind']]: DistillerComputation<MethodOf<K>> }

/** The networks of students during training. */
export const distillersNetworks: Registry<ModelBuilder> = Object.fromEntries(
  Object.entries(distillers).flatMap(([name, { network }]) => (network === undefined ? [] : [[name, network]])),
)

/** Whether a distiller reads layers of both networks: `refuseUnlike`. */
export const looksIntoNetworks = ({ kind }: DistillMethod): boolean => entryOf('distiller', distillers, kind).refuseUnlike !== undefined

/** @throws PipelineProblem for networks whose layers do not fit together */
export function refuseUnlike(method: DistillMethod, tf: Tf, student: LayersModel, teacher: LayersModel): void {
  entryOf('distiller', distillers, method.kind).refuseUnlike?.(method, tf, student, teacher)
}

/** @param teachers one or more @throws PipelineProblem for networks that do not fit together, and for an unknown distiller */
export async function prepareDistillation(
  { method, ...options }: DistillOptions,
  student: Network,
  teachers: readonly Network[],
  services: StageServices,
): Promise<{ readonly network: Network; readonly objective: TrainingObjective }> {
  const pairing = { student, teachers: teachers as Pairing['teachers'], options }
  const { network = student, ...given } = await entryOf('distiller', distillers, method.kind).prepare(method, pairing, services)
  return { network, objective: { scalarsAt: () => [], constants: new Map(), ...given, identity: [method.kind, given.identity] } }
}
