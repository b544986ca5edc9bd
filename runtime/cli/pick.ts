/** `espalier pick`: the arm of a study that did best, written into the source in place of all that was tried. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseTarget } from '../format/target-name.ts'
import { makePlan } from '../plan/plan.ts'
import { listTargets } from '../project/load/loader.ts'
import { parseParams } from '../project/load/params.ts'
import { narrow } from '../project/pick/narrow.ts'
import { type MeasuredArm, ranking } from '../project/pick/winner.ts'
import { type CommonOptions, type Prepared, prepare } from '../project/prepare.ts'
import { diffLines, pickDocument, pickLines } from '../terminal/pick-view.ts'
import { exitCodes } from './exit.ts'
import { print } from './open-existing.ts'

export interface PickOptions extends CommonOptions {
  /** What decides: a metric such as `validation/accuracy`. */
  readonly best: string
  /** Changes the file; otherwise only the difference is shown. */
  readonly write: boolean
}

/** @throws LoadProblem when nothing can be picked or the source does not list its values, and as `prepare` */
export async function pick({ best, write, ...options }: PickOptions): Promise<number> {
  const prepared = await prepare(options)
  try {
    const candidates = ranking(options.file, await measured(prepared, options), best)
    const edits = narrow(candidates[0]!.choices)
    if (write) for (const { path, after } of edits) writeFileSync(path, after)
    const diffs = edits.map((edit) => ({ path: edit.path, diff: diffLines(relative(process.cwd(), edit.path), edit) }))
    const end = edits.length === 0 ? 'The source says so already.' : write ? 'Written.' : 'Nothing is written yet: --write does it.'
    print(
      options.json,
      () => ({
        ...pickDocument(best, candidates),
        changes: diffs.map(({ path, diff }) => ({ path, diff: diff.join('\n') })),
        written: write && edits.length > 0,
      }),
      () => [...pickLines(best, candidates), ...diffs.flatMap(({ diff }) => ['', ...diff]), '', end],
    )
    return exitCodes.done
  } finally {
    prepared.store.close()
  }
}

async function measured(
  { graph, target, store, data, numerics }: Prepared,
  { file, set, loadTimeout }: Omit<PickOptions, 'best' | 'write'>,
) {
  const { stages } = await makePlan(graph, store, data, numerics)
  const keys = new Map(stages.map(({ id, status, key }) => [id, status === 'hit' ? key : null]))
  const listed = await listTargets(parseTarget(file).file, { seconds: loadTimeout }, parseParams(set))
  const choices = listed.find(({ name }) => name === target)?.choices ?? []
  const arms = graph.targets.flatMap((one) => one.arms)
  return Promise.all(
    arms.map(async ({ metrics: stage }, i): Promise<MeasuredArm> => {
      const key = keys.get(stage)
      const found = key === undefined || key === null ? undefined : await store.findResult(key)
      return { choices: choices[i] ?? [], metrics: found?.found === 'sound' ? found.result.metrics : undefined }
    }),
  )
}
