/** Measures a network, or several that predict together; the network itself passes through unchanged, so there is no artifact. */
import { readArtifact } from '../store/artifact.ts'
import { measure } from './measure.ts'
import { type Computation, inRole } from './stage.ts'

export const evaluate: Computation<'evaluate'> = async ({ options, inputs }, { objects }, cache) => {
  const inputsOf = (role: string) => Promise.all(inRole(inputs, role).map((digest) => readArtifact(objects, digest)))
  const metrics = await measure(cache, { networks: await inputsOf('model'), teachers: await inputsOf('teacher'), ...options })
  return { artifact: null, snapshots: {}, metrics, numerics: (await cache.engine()).numerics }
}
