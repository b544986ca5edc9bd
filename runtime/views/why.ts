/** Differences between a stage's key and the most similar earlier one, with diffs of changed code. */
import { unifiedDiff } from '../format/patch.ts'
import type { Difference } from '../plan/explain.ts'
import type { PlannedStage } from '../plan/plan.ts'
import type { Why } from '../plan/why.ts'

type Stage = Pick<PlannedStage, 'path' | 'kind' | 'status' | 'key' | 'reasons'>

export interface WhyView {
  readonly stage: Stage
  readonly compared: NonNullable<Why['compared']> | null
  readonly differences: readonly (Omit<Difference, 'code'> & { readonly diff?: string })[]
  readonly after: readonly Stage[]
}

export function whyView({ stage, compared, differences, after }: Why): WhyView {
  return {
    stage: shown(stage),
    compared: compared ?? null,
    differences: differences.map(({ code, ...difference }) => {
      const diff = patchOf(code)
      return diff === undefined ? difference : { ...difference, diff }
    }),
    after: after.map(shown),
  }
}

const shown = ({ path, kind, status, key, reasons }: PlannedStage): Stage => ({ path, kind, status, key, reasons })

/** Undefined if no code is recorded, or only its formatting differs. */
export function patchOf(code: Difference['code']): string | undefined {
  if (code === undefined) return undefined
  const [before, after] = [code.before, code.after].map(({ place, text }) => ({
    place,
    text,
    line: Number(/:(\d+)$/.exec(place)?.[1] ?? 1),
  })) as [Parameters<typeof unifiedDiff>[0], Parameters<typeof unifiedDiff>[1]]
  return unifiedDiff(before, after)
}
