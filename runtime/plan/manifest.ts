/**
 * The manifest: all parts of a stage's key, labelled. Defined here and nowhere else.
 * The key hashes this value and `explain.ts` compares two of them, so explanations match keys.
 *
 * Included: the kind and its revision · every option, seed included · the content addresses of the inputs ·
 * the content address of the data set, with its name and options.
 * Excluded: names of user functions and stages; the stage's id, path, verb and place in the source; paths and file names; the clock;
 * the machine, requested resources, device, threads and XLA; attempts; which snapshots are kept.
 */
import type { Json } from '../../dsl/check/canonical.ts'
import type { Fields } from '../../dsl/check/form.ts'
import { withoutNames } from '../../dsl/check/function-reference.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { kinds } from '../../dsl/graph/stage-options.ts'
import { taggedHash } from '../format/hash.ts'
import { dataOf, revisionOf, stageKinds } from '../kinds/kinds.ts'
import type { Digest } from '../store/address.ts'
import { planProblems } from './problems.ts'

/** Content addresses of a stage's inputs, by role. */
export type InputDigests = { readonly [role: string]: Digest }

/** @param data content address of the stage's data set; required for kinds that read one */
export function manifestOf(stage: Stage, inputs: InputDigests, data?: Digest): Json {
  const roles = Object.keys(stage.inputs)
  for (const role of roles) if (inputs[role] === undefined) throw planProblems.inputWithoutDigest(stage.path, role)
  return {
    kind: stage.kind,
    revision: revisionOf(stage),
    options: optionsOf(stage, data),
    inputs: Object.fromEntries(roles.map((role) => [role, inputs[role]!])),
  }
}

/** 64 hex digits. */
export function keyOf(manifest: Json): string {
  return taggedHash('espalier/stage/1', manifest)
}

export interface Identity {
  readonly manifest: Json
  readonly key: string
}

/** Memoised, because planning and running compute the same identities. */
const identities = new WeakMap<Stage, Identity & { readonly inputs: InputDigests; readonly data: Digest | undefined }>()

/** The manifest and key of a stage. Stages are immutable. */
export function identityOf(stage: Stage, inputs: InputDigests, data: Digest | undefined): Identity {
  const known = identities.get(stage)
  if (known !== undefined && known.data === data && Object.keys(stage.inputs).every((role) => known.inputs[role] === inputs[role]))
    return known
  const manifest = manifestOf(stage, inputs, data)
  const identity = { inputs, data, manifest, key: keyOf(manifest) }
  identities.set(stage, identity)
  return identity
}

/**
 * All options, as plain data: an option added to a kind is automatically part of its key.
 * @throws PlanProblem for an undeclared or invalid option
 */
export function optionsOf(stage: Stage, data: Digest | undefined): Json {
  const wrong = kinds[stage.kind].options.misfit(stage.options, '')
  if (wrong !== undefined) throw planProblems.notDeclared(stage, wrong)
  const options = withoutNames(meaningOf(stage))
  const spec = dataOf(stage)
  if (spec === undefined) return options
  if (data === undefined) throw planProblems.dataWithoutDigest(stage.path, spec.name)
  // Paths of files and the options of custom data are left out: the content hash covers them.
  const described = spec.name === 'custom' ? {} : { options: withoutNames(spec.options) }
  const known = { name: spec.name, ...described, content: data }
  const [part, name] = stageKinds[stage.kind].data!
  if (name === undefined) return { ...options, data: known }
  return { ...options, [part]: { ...(options[part] as { readonly [name: string]: Json }), data: known } }
}

/** Without the options declared `inKey: false`. */
function meaningOf({ kind, options }: Stage): { readonly [name: string]: Json } {
  const { fields }: { readonly fields: Fields } = kinds[kind].options
  return Object.fromEntries(Object.entries(options as { readonly [name: string]: Json }).filter(([name]) => fields[name]?.inKey !== false))
}
