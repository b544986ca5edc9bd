/** The study of the page's file, or of a run. */
import type { CurvesView } from '../../views/curves.ts'
import type { StudyView } from '../../views/study.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { RunsPage } from '../data.ts'
import type { ArmsShown } from '../parts/arms.ts'
import { AsOf } from '../parts/as-of.tsx'
import { CurvesPanel, standardCurve } from '../parts/curves.tsx'
import { Problem } from '../parts/shared.tsx'
import { Study } from '../parts/study.tsx'
import { apiPath, useAnswer } from '../server.ts'
import { fileName } from '../words.ts'

export default function StudyScreen({ query }: Address) {
  const run = query.get('run') ?? undefined
  const store = query.get('store') ?? undefined
  const { answer, problem } = useAnswer<StudyView>(run === undefined ? apiPath('study') : apiPath('run-study', { run, store }), ['study'])
  if (answer === undefined) return problem === undefined ? <p class="quiet">Reading the study …</p> : <Problem problem={problem} />
  return (
    <>
      <h1>
        {fileName(answer.file)} {answer.target !== 'default' && <span class="quiet">{answer.target}</span>}
        <AsOf run={run} />
      </h1>
      {problem !== undefined && <Problem problem={problem} />}
      {run === undefined && <LastRun file={answer.file} />}
      <Study
        view={answer}
        choices={query}
        onChoose={(choices) => choose(query, choices)}
        comparison={(a, b) => linkTo('compare', undefined, { a, b })}
        curves={(arms) => answer.series.length > 0 && <Curves view={answer} query={query} arms={arms} run={run} />}
      />
    </>
  )
}

/** The last run of this file, if it did not succeed; its page lists the failures. */
function LastRun({ file }: { readonly file: string }) {
  const { answer } = useAnswer<RunsPage>(apiPath('runs', { most: 1 }), ['runs'])
  const [last] = answer?.runs ?? []
  if (last === undefined || last.status === 'done' || last.status === 'running' || last.file !== file) return null
  return (
    <p class="quiet">
      The last run, <a href={linkTo('run', last.id)}>run {last.id}</a>, {endings[last.status]}: what became of its stages, and how to go on.
    </p>
  )
}

const endings = { failed: 'failed in part', interrupted: 'was interrupted', killed: 'was killed' } as const

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
  const name = query.get('curve') ?? standardCurve(series)
  const { answer, problem } = useAnswer<CurvesView>(apiPath('curves', { series: name, run, store: query.get('store') }), ['study'])
  return (
    <CurvesPanel
      name={name}
      names={series}
      view={answer}
      arms={arms}
      problem={problem}
      log={query.get('scale') === 'log'}
      onChoose={(curve) => choose(query, { curve })}
    />
  )
}
