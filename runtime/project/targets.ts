/** The targets of a file, with its author's comments. Nothing is planned or run. */
import { resolve } from 'node:path'
import type { TargetDescription, TargetsView } from '../views/targets.ts'
import { commentsIn } from './comments.ts'
import type { Choice } from './load/choices.ts'
import { listTargets } from './load/loader.ts'
import { parseParams } from './load/params.ts'

export interface ListRequest {
  readonly file: string
  readonly set: readonly string[]
  /** Seconds. */
  readonly loadTimeout: number
}

/** @throws LoadProblem */
export async function targetsIn({ file, set, loadTimeout }: ListRequest): Promise<TargetsView> {
  const path = resolve(file)
  const targets = await listTargets(path, { seconds: loadTimeout }, parseParams(set))
  const comments = commentsIn(path)
  return {
    file,
    comment: comments.file ?? null,
    targets: targets.map(({ name, kind, arms, stages, choices, at }) => {
      return { name, kind, arms, stages, axes: axesOf(choices), comment: comments.exports.get(name) ?? null, at: at ?? null }
    }),
  }
}

function axesOf(choices: readonly (readonly Choice[])[]): TargetDescription['axes'] {
  const axes = new Map<string, Set<string>>()
  for (const { axis, label } of choices.flat()) axes.set(axis, (axes.get(axis) ?? new Set()).add(label))
  return [...axes].map(([axis, labels]) => ({ axis, labels: [...labels] }))
}
