/** Evaluates a network, or several whose predictions are combined. There is no artifact, because the network is unchanged. */
import { readArtifact } from '../store/artifact.ts'
import { measure } from './measure.ts'
import { type Computation, inRole } from './stage.ts'

export const evaluate: Computation<'evaluate'> = async ({ options, inputs }, { objects }, cache) => {
  const inputsOf = (role: string) => Promise.all(inRole(inputs, role).map((digest) => readArtifact(objects, digest)))
  const metrics = await measure(cache, { networks: await inputsOf('model'), teachers: await inputsOf('teacher'), ...options })
  return { artifact: null, snapshots: {}, metrics, numerics: (await cache.engine()).numerics }
}
