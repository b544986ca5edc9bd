/** The runs of a store, newest first by default. */
import { counted, duration, moment } from '../../format/words.ts'
import type { ListedRun } from '../../views/run-record.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { LiveRun, RemarkedRun, RunsPage } from '../data.ts'
import { Pages } from '../parts/pages.tsx'
import { Choice, Columns, Problem, Scroll, Search, State } from '../parts/shared.tsx'
import { apiPath, useAnswer, useLiveRuns } from '../server.ts'
import { fileName } from '../words.ts'

const each = 100
const statuses = ['running', 'done', 'failed', 'interrupted', 'killed']
const sorts = [
  ['newest', 'newest first'],
  ['oldest', 'oldest first'],
  ['longest', 'longest first'],
  ['shortest', 'shortest first'],
  ['file', 'by file'],
] as const

export default function RunsScreen({ query }: Address) {
  const from = Number(query.get('from') ?? 0)
  const [status, text, sort, store, tag] = ['status', 'text', 'sort', 'store', 'tag'].map((name) => query.get(name) ?? undefined)
  const { answer, problem } = useAnswer<RunsPage>(apiPath('runs', { status, text, sort, store, tag, from, most: each }), ['runs'])
  const live = useLiveRuns()
  return (
    <>
      <h1>Runs</h1>
      <div class="choices">
        <Search label="File, tag or note" value={text ?? ''} onSearch={(next) => choose(query, { text: next, from: undefined })} />
        <Choice
          label="State"
          value={status ?? ''}
          options={[['', 'any'], ...statuses]}
          onChoose={(next) => choose(query, { status: next, from: undefined })}
        />
        {(answer?.tags.length ?? 0) > 0 && (
          <Choice
            label="Tag"
            value={tag ?? ''}
            options={[['', 'any'], ...answer!.tags]}
            onChoose={(next) => choose(query, { tag: next, from: undefined })}
          />
        )}
        <Choice
          label="Order"
          value={sort ?? 'newest'}
          options={sorts}
          onChoose={(next) => choose(query, { sort: next, from: undefined })}
        />
      </div>
      {problem !== undefined && <Problem problem={problem} />}
      {answer !== undefined && (
        <>
          <Scroll label="Runs">
            <table class="list">
              <Columns titles={['run', 'state', 'pipeline', 'stages', 'started', 'took']} />
              <tbody>
                {answer.runs.map((run) => (
                  <Row run={run} live={live.find((one) => one.run === run.id && one.store === Number(store ?? 0))} />
                ))}
              </tbody>
            </table>
          </Scroll>
          <Pages
            from={from}
            shown={answer.runs.length}
            total={answer.total}
            each={each}
            onFrom={(next) => choose(query, { from: next === 0 ? undefined : String(next) })}
          />
        </>
      )}
    </>
  )
}

function Row({ run, live }: { readonly run: RemarkedRun; readonly live: LiveRun | undefined }) {
  const { id, status, file, target, stages, started, seconds, tags, note } = run
  return (
    <tr>
      <td>
        <a href={linkTo('run', id)}>{id}</a>
      </td>
      <td>
        <State state={status} />
      </td>
      <td title={file}>
        <a href={linkTo('run', id)}>{fileName(file)}</a> {target !== null && target !== 'default' && <span class="quiet">#{target}</span>}
        {tags.map((name) => (
          <>
            {' '}
            <span class="tag">{name}</span>
          </>
        ))}
        {note !== '' && <span class="note">{note.split('\n')[0]!.slice(0, 120)}</span>}
      </td>
      <td>{live === undefined ? stagesOf(stages) : <Progress live={live} />}</td>
      <td class="nowrap">{moment(Date.parse(started))}</td>
      <td class="nowrap">{live === undefined ? (seconds === null ? '' : duration(seconds)) : duration(live.progress.seconds)}</td>
    </tr>
  )
}

export function Progress({ live: { progress } }: { readonly live: LiveRun }) {
  const { counts, total, secondsLeft } = progress
  const ended = counts.hit + counts.done + counts.failed + counts.skipped
  return (
    <span class="progress">
      <progress max={Math.max(1, total)} value={ended} aria-label={`${ended} of ${counted(total, 'stage')}`} />
      <span>
        {ended} of {total}
        {secondsLeft !== null && `, ${duration(secondsLeft)} left`}
      </span>
    </span>
  )
}

export function stagesOf(counts: ListedRun['stages']): string {
  if (counts === null) return ''
  const { total: _total, ...parts } = counts
  return Object.entries(parts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`)
    .join(' · ')
}
