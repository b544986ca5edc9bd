/** The study of the page's file, or of a run as it left it. */
import { useMemo } from 'preact/hooks'
import type { CurvesView } from '../../views/curves.ts'
import { measureCalled } from '../../views/measure.ts'
import type { StudyView } from '../../views/study.ts'
import { type Address, choose, linkTo } from '../address.ts'
import { type ArmsShown, colourOf, dashOf, isShown, strengthOf } from '../parts/arms.ts'
import { type Line, Lines } from '../parts/lines.tsx'
import { Choice, Panel, Problem } from '../parts/shared.tsx'
import { Study } from '../parts/study.tsx'
import { apiPath, useAnswer } from '../server.ts'
import { fileName, written } from '../words.ts'

export default function StudyScreen({ query }: Address) {
  const run = query.get('run') ?? undefined
  const store = query.get('store') ?? undefined
  const { answer, problem } = useAnswer<StudyView>(run === undefined ? apiPath('study') : apiPath('run-study', { run, store }), ['study'])
  if (answer === undefined) return problem === undefined ? <p class="quiet">Reading the study …</p> : <Problem problem={problem} />
  return (
    <>
      <h1>
        {fileName(answer.file)} {answer.target !== 'default' && <span class="quiet">{answer.target}</span>}
        {run !== undefined && (
          <span class="quiet">
            {' '}
            as <a href={linkTo('run', run)}>run {run}</a> left it
          </span>
        )}
      </h1>
      {problem !== undefined && <Problem problem={problem} />}
      <Study
        view={answer}
        choices={query}
        onChoose={(choices) => choose(query, choices)}
        curves={(arms) => answer.series.length > 0 && <Curves view={answer} query={query} arms={arms} run={run} />}
      />
    </>
  )
}

function Curves({
  view: { series },
  query,
  arms,
  run,
}: {
  readonly view: StudyView
  readonly query: URLSearchParams
  readonly arms: ArmsShown
  readonly run: string | undefined
}) {
  const name = query.get('curve') ?? ['validation/accuracy', 'train/loss'].find((each) => series.includes(each)) ?? series[0]!
  const { answer, problem } = useAnswer<CurvesView>(apiPath('curves', { series: name, run, store: query.get('store') }), ['study'])
  const lines = useMemo(() => (answer === undefined ? [] : linesOf(answer, arms)), [answer, arms])
  return (
    <Panel title="Curves" aside={<Choice label="Curve" value={name} options={series} onChoose={(curve) => choose(query, { curve })} />}>
      {problem !== undefined && <Problem problem={problem} />}
      {answer !== undefined && (
        <Lines label={measureCalled(name).title} lines={lines} write={(value) => written(name, value)} log={query.get('scale') === 'log'} />
      )}
      <p class="quiet">Mean over seeds, with one standard deviation. A ring marks where a training was resumed or stopped early.</p>
    </Panel>
  )
}

/** Arms of one training have one line, in the colour of the first of them that is shown. */
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
      marks: [...stopped, ...resumed].map(({ step }) => step),
    }
  })
}
