/** `espalier pick`: the best arm of a study, written into the source in place of all values that were tried. */
import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { unifiedDiff } from '../format/patch.ts'
import { measuredArms } from '../project/pick/measured.ts'
import { narrow } from '../project/pick/narrow.ts'
import { nameOf, ranking } from '../project/pick/winner.ts'
import { type PlanOptions, withPrepared } from '../project/prepare.ts'
import { type Asked, show } from './skins.ts'

interface PickOptions extends PlanOptions, Asked {
  /** The metric to compare, such as `validation/accuracy`. */
  readonly best: string
  /** Whether it may be a metric of the test split. */
  readonly selectOnTest: boolean
  /** Changes the file; otherwise only shows the difference. */
  readonly write: boolean
}

/** @throws LoadProblem when there is nothing to pick or the source does not list its values, and as `prepare` */
export function pick({ best, selectOnTest, write, ...options }: PickOptions): Promise<void> {
  return withPrepared(options, async (prepared) => {
    const candidates = ranking(options.file, await measuredArms(prepared, options), { metric: best, onTest: selectOnTest })
    const edits = narrow(candidates[0]!.choices)
    if (write) for (const { path, after } of edits) writeFileSync(path, after)
    await show(options, 'pick', {
      metric: best,
      arms: candidates.map(({ choices, mean, deviation, seeds }) => ({
        name: nameOf(choices),
        labels: choices.map(({ axis, label }) => ({ axis, value: label })),
        mean,
        deviation: deviation ?? null,
        seeds,
      })),
      changes: edits.map(({ path, before, after }) => {
        const place = relative(process.cwd(), path)
        return { path, diff: unifiedDiff({ place, text: before }, { place, text: after }) ?? '' }
      }),
      written: write && edits.length > 0,
      warnings: selectOnTest ? ['The arm was selected on the test split, so its test result is a biased estimate.'] : [],
    })
  })
}
