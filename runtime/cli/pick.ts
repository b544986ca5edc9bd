/** `espalier pick`: the arm of a study that did best, written into the source in place of all that was tried. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { listTargets } from '../load/loader.ts'
import { parseParams } from '../load/params.ts'
import { parseTarget } from '../load/target.ts'
import { narrow } from '../pick/narrow.ts'
import { type MeasuredArm, ranking } from '../pick/winner.ts'
import { makePlan } from '../plan/plan.ts'
import { diffLines, pickLines } from '../terminal/pick-view.ts'
import { exitCodes } from './exit.ts'
import { type CommonOptions, type Prepared, prepare } from './prepare.ts'

export interface PickOptions extends Omit<CommonOptions, 'json'> {
  /** What decides: a metric such as `validation/accuracy`. */
  readonly best: string
  /** Changes the file; otherwise only the difference is shown. */
  readonly write: boolean
}

/** @throws LoadProblem when nothing can be picked or the source does not list its values, and as `prepare` */
export async function pick({ best, write, ...options }: PickOptions): Promise<number> {
  const prepared = await prepare({ ...options, json: false })
  try {
    const candidates = ranking(options.file, await measured(prepared, options), best)
    const edits = narrow(candidates[0]!.choices)
    const lines = [...pickLines(best, candidates), ...edits.flatMap((edit) => ['', ...diffLines(relative(process.cwd(), edit.path), edit)])]
    if (write) for (const { path, after } of edits) writeFileSync(path, after)
    const end = edits.length === 0 ? 'The source says so already.' : write ? 'Written.' : 'Nothing is written yet: --write does it.'
    process.stdout.write(`${[...lines, '', end].join('\n')}\n`)
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
