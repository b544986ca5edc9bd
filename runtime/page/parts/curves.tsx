/** Curves of a study's trainings: mean and band over seeds, in the colours of the arms. */
import { useMemo } from 'preact/hooks'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { CurvesView } from '../../views/curves.ts'
import { measureCalled } from '../../views/measure.ts'
import { written } from '../words.ts'
import { type ArmsShown, colourOf, dashOf, isShown, letterOf, strengthOf } from './arms.ts'
import { type Line, Lines } from './lines.tsx'
import { Choice, Panel, Problem } from './shared.tsx'

/** The default curve. */
export const standardCurve = (series: readonly string[]): string =>
  ['validation/accuracy', 'train/loss'].find((each) => series.includes(each)) ?? series[0]!

export function CurvesPanel({
  name,
  names,
  view,
  arms,
  problem,
  log = false,
  onChoose,
}: {
  readonly name: string
  readonly names: readonly string[]
  /** Undefined until it is loaded. */
  readonly view: CurvesView | undefined
  readonly arms: ArmsShown
  readonly problem?: ProblemText | undefined
  readonly log?: boolean
  readonly onChoose: (name: string) => void
}) {
  const lines = useMemo(() => (view === undefined ? [] : linesOf(view, arms)), [view, arms])
  return (
    <Panel title="Curves" aside={<Choice label="Curve" value={name} options={names} onChoose={onChoose} />}>
      {problem !== undefined && <Problem problem={problem} />}
      {view !== undefined && <Lines label={measureCalled(name).title} lines={lines} write={(value) => written(name, value)} log={log} />}
      <p class="quiet">Mean over seeds, with one standard deviation. A ring marks where a training was resumed or stopped early.</p>
    </Panel>
  )
}

/** Arms that share a training have one line, in the colour of the first shown arm. */
function linesOf({ curves }: CurvesView, arms: ArmsShown): Line[] {
  return curves.map(({ arms: of, stage, points, stopped, resumed }) => {
    const arm = of.find((each) => each === arms.near) ?? of.find((each) => isShown(arms, each)) ?? of[0]!
    return {
      name: `${of.join(', ')} (${stage})`,
      colour: colourOf(arms, arm),
      dash: dashOf(arms, arm),
      strength: strengthOf(arms, arm),
      steps: points.map(({ step }) => step),
      mean: points.map(({ mean }) => mean),
      low: points.map(({ mean, std = 0 }) => mean - std),
      high: points.map(({ mean, std = 0 }) => mean + std),
      letters: of.flatMap((each) => letterOf(arms, each) ?? []).join(' '),
      marks: [...stopped, ...resumed].map(({ step }) => step),
    }
  })
}
