/** One run: what became of its stages, those that failed first. */
import { duration, moment } from '../../format/words.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { RunPage } from '../data.ts'
import { Pages } from '../parts/pages.tsx'
import { Choice, Panel, Problem, Scroll, Search, State } from '../parts/shared.tsx'
import { apiPath, useAnswer, useLiveRuns } from '../server.ts'
import { fileName } from '../words.ts'
import { Progress, stagesOf } from './runs.tsx'

const each = 200
const outcomes = ['hit', 'run', 'resumed', 'failed', 'skipped', 'stopped']

export default function RunScreen({ path: [, id = ''], query }: Address) {
  const from = Number(query.get('from') ?? 0)
  const [outcome, text, store] = ['outcome', 'text', 'store'].map((name) => query.get(name) ?? undefined)
  const { answer, problem } = useAnswer<RunPage>(apiPath('run', { run: id, store, outcome, text, from, most: each }), ['run'])
  const live = useLiveRuns().find(({ run, store: of }) => run === Number(id) && of === Number(store ?? 0))
  if (answer === undefined) return problem === undefined ? <p class="quiet">Reading the run …</p> : <Problem problem={problem} />
  const { run, results, stages } = answer
  return (
    <>
      <h1>
        Run {run.id} <State state={run.status} />
      </h1>
      <p>
        {fileName(run.file)} {run.target !== null && run.target !== 'default' && `#${run.target} `}
        <span class="quiet">
          · started {moment(Date.parse(run.started))}
          {run.seconds !== null && ` · took ${duration(run.seconds)}`} · {stagesOf(run.stages)}
        </span>
      </p>
      {live !== undefined && <Running live={live} />}
      {run.status !== 'running' && run.status !== 'done' && <GoOn file={run.file} failed={run.stages?.failed ?? 0} />}
      <p class="links">
        {results > 0 && <a href={linkTo('study', undefined, { run: run.id })}>Its study: table, trade-off, curves</a>}
        <a href={linkTo('compare', undefined, { a: run.id - 1, b: run.id })}>Compare with the run before it</a>
      </p>
      <Panel
        title="Stages"
        wide
        aside={
          <div class="choices">
            <Search label="Path" value={text ?? ''} onSearch={(next) => choose(query, { text: next, from: undefined })} />
            <Choice
              label="Outcome"
              value={outcome ?? ''}
              options={[['', 'any'], ...outcomes]}
              onChoose={(next) => choose(query, { outcome: next, from: undefined })}
            />
          </div>
        }
      >
        <Scroll label="Stages">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">outcome</th>
                <th scope="col">stage</th>
                <th scope="col">took</th>
                <th scope="col">because</th>
              </tr>
            </thead>
            <tbody>
              {stages.stages.map(({ path, key, outcome: became, seconds, because }) => (
                <tr>
                  <td>
                    <State state={became} />
                  </td>
                  <td>{key === null ? path : <a href={linkTo('stage', key)}>{path}</a>}</td>
                  <td class="nowrap">{seconds > 0 && duration(seconds)}</td>
                  <td>{because}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        <Pages
          from={from}
          shown={stages.stages.length}
          total={stages.total}
          each={each}
          onFrom={(next) => choose(query, { from: next === 0 ? undefined : String(next) })}
        />
      </Panel>
      <p class="quiet">Log of its events: {answer.log}</p>
    </>
  )
}

function Running({ live }: { readonly live: Parameters<typeof Progress>[0]['live'] }) {
  return (
    <Panel title="Running now" wide aside={<Progress live={live} />}>
      <ul class="running">
        {live.progress.running.map(({ path, progress, secondsLeft, seconds }) => (
          <li>
            <span>{path}</span>
            {progress !== null && <progress max={progress.steps} value={progress.step} aria-label={path} />}
            <span class="quiet">
              {progress === null ? duration(seconds) : `step ${progress.step} of ${progress.steps}`}
              {secondsLeft !== null && `, ${duration(secondsLeft)} left`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

const GoOn = ({ file, failed }: { readonly file: string; readonly failed: number }) => (
  <div class="hint">
    {failed > 0
      ? 'A stage that failed is linked below: its page has the reason and its log. After mending it, go on with '
      : 'What was finished is kept, and trainings go on from their checkpoints. Go on with '}
    <code>espalier run {fileName(file)}</code>
  </div>
)
