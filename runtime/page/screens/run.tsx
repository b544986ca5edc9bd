/** One run: the outcome of its stages, failed stages first. */
import { duration, moment } from '../../format/words.ts'
import type { TimelineView } from '../../views/timeline.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { RemarkedRun, RunPage } from '../data.ts'
import { Pages } from '../parts/pages.tsx'
import { Choice, Columns, Panel, Problem, Scroll, Search, State } from '../parts/shared.tsx'
import { Slots } from '../parts/slots.tsx'
import { apiPath, change, useAnswer, useLiveRuns } from '../server.ts'
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
        {stages.total > 0 && <a href={linkTo('graph', undefined, { run: run.id })}>Its graph</a>}
        {run.id > 1 && <a href={linkTo('compare', undefined, { a: run.id - 1, b: run.id })}>Compare with the run before it</a>}
      </p>
      <Remarks run={run} store={store} />
      <TimeLine run={run.id} store={store} />
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
            <Columns titles={['outcome', 'stage', 'took']} />
            <tbody>
              {stages.stages.map(({ path, key, outcome: became, seconds, because }) => (
                <tr>
                  <td>
                    <State state={became} />
                  </td>
                  <td>
                    {key === null ? path : <a href={linkTo('stage', key)}>{path}</a>}
                    {because !== null && <div class={became === 'failed' ? 'worse' : 'quiet'}>{because}</div>}
                  </td>
                  <td class="nowrap">{seconds > 0 && duration(seconds)}</td>
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

/** Tags and a note, kept in the store. */
function Remarks({ run, store }: { readonly run: RemarkedRun; readonly store: string | undefined }) {
  return (
    <form
      class="choices"
      onSubmit={(event) => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        void change('remark', { store: Number(store ?? 0), run: run.id, tags: data.get('tags'), note: data.get('note') })
      }}
    >
      <label class="choice">
        <span>Tags</span>
        <input type="text" name="tags" defaultValue={run.tags.join(', ')} placeholder="paper, baseline" maxLength={1000} />
      </label>
      <label class="choice grow">
        <span>Note</span>
        <textarea name="note" rows={1} maxLength={20_000} defaultValue={run.note} />
      </label>
      <button type="submit">Keep</button>
    </form>
  )
}

function TimeLine({ run, store }: { readonly run: number; readonly store: string | undefined }) {
  const { answer } = useAnswer<TimelineView>(apiPath('timeline', { run, store }), ['run'])
  return answer === undefined || answer.slots.length === 0 ? null : (
    <Panel title="Time line by slot" wide aside={<span class="quiet">slots busy {Math.round(100 * answer.busy)} % of the time</span>}>
      <Slots view={answer} />
    </Panel>
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
      ? 'A stage that failed is linked below: its page has the reason and its log. Fix the cause, then continue with '
      : 'What was finished is kept, and trainings go on from their checkpoints. Go on with '}
    <code>espalier run {fileName(file)}</code>
  </div>
)
