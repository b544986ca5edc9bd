/** `espalier ls`: what a file has to run, in its author's words. Nothing is planned or run. */
import { resolve } from 'node:path'
import { commentsIn } from '../project/comments.ts'
import type { Choice } from '../project/load/choices.ts'
import { listTargets } from '../project/load/loader.ts'
import { parseParams } from '../project/load/params.ts'
import { type TargetDescription, targetLines } from '../terminal/target-view.ts'
import { exitCodes } from './exit.ts'

export interface LsOptions {
  readonly file: string
  readonly set: readonly string[]
  readonly loadTimeout: number
  readonly json: boolean
}

export async function ls({ file, set, loadTimeout, json }: LsOptions): Promise<number> {
  const path = resolve(file)
  const targets = await listTargets(path, { seconds: loadTimeout }, parseParams(set))
  const comments = commentsIn(path)
  const described = targets.map(({ name, kind, arms, stages, choices, at }): TargetDescription => {
    return { name, kind, arms, stages, axes: axesOf(choices), comment: comments.exports.get(name) ?? null, at: at ?? null }
  })
  const text = json
    ? JSON.stringify({ file, comment: comments.file ?? null, targets: described }, undefined, 2)
    : targetLines(file, comments.file, described).join('\n')
  process.stdout.write(`${text}\n`)
  return exitCodes.done
}

function axesOf(choices: readonly (readonly Choice[])[]): TargetDescription['axes'] {
  const axes = new Map<string, Set<string>>()
  for (const { axis, label } of choices.flat()) axes.set(axis, (axes.get(axis) ?? new Set()).add(label))
  return [...axes].map(([axis, labels]) => ({ axis, labels: [...labels] }))
}
