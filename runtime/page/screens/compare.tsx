/** Compares two runs or two stages, differences first. */
import { useState } from 'preact/hooks'
import { duration } from '../../format/words.ts'
import type { RunComparison, StageComparison, StageDifference } from '../../views/compare.ts'
import { measureCalled } from '../../views/measure.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { ComparedRuns, RunsPage } from '../data.ts'
import { Columns, Panel, Problem, Scroll, State } from '../parts/shared.tsx'
import { shown } from '../parts/stage.tsx'
import { apiPath, useAnswer } from '../server.ts'
import { difference, written } from '../words.ts'

export default function CompareScreen({ query }: Address) {
  const [a, b, store] = ['a', 'b', 'store'].map((name) => query.get(name) ?? undefined)
  const asked = a !== undefined && b !== undefined
  const { answer, problem } = useAnswer<ComparedRuns | StageComparison>(asked ? apiPath('compare', { a, b, store }) : undefined)
  return (
    <>
      <h1>Compare</h1>
      <form
        class="choices"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          choose(query, { a: String(data.get('a')), b: String(data.get('b')) })
        }}
      >
        <Name id="a" label="A" value={a ?? ''} store={store} />
        <Name id="b" label="B" value={b ?? ''} store={store} />
        <button type="submit">Compare</button>
      </form>
      <p class="quiet">
        Two runs by their numbers (last is the newest), or two stages: a path, 6 digits of a key, or 12:dense/train for a stage as run 12
        met it.
      </p>
      {!asked && <Newest store={store} />}
      {problem !== undefined && <Problem problem={problem} />}
      {answer?.compared === 'stages' && <Stages found={answer} />}
      {answer?.compared === 'runs' && <Runs found={answer} />}
    </>
  )
}

/** A link to the comparison of the two newest runs. */
function Newest({ store }: { readonly store: string | undefined }) {
  const { answer } = useAnswer<RunsPage>(apiPath('runs', { store, most: 2 }), ['runs'])
  const [b, a] = answer?.runs ?? []
  if (a === undefined || b === undefined) return null
  return (
    <p class="links">
      <a href={linkTo('compare', undefined, { a: a.id, b: b.id })}>
        The two newest runs: {a.id} and {b.id}
      </a>
    </p>
  )
}

/** Suggests stages with the typed text in their names. */
function Name({
  id,
  label,
  value,
  store,
}: {
  readonly id: string
  readonly label: string
  readonly value: string
  readonly store: string | undefined
}) {
  const [text, setText] = useState(value)
  const { answer } = useAnswer<readonly { readonly path: string }[]>(text.length > 1 ? apiPath('stages', { text, store }) : undefined)
  return (
    <label class="choice">
      <span>{label}</span>
      <input
        type="search"
        name={id}
        value={value}
        list={`${id}-stages`}
        required
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <datalist id={`${id}-stages`}>
        {answer?.map(({ path }) => (
          <option value={path} />
        ))}
      </datalist>
    </label>
  )
}

function Stages({ found }: { readonly found: StageComparison }) {
  const side = (key: string | null, path: string | null) => (key === null ? '–' : <a href={linkTo('stage', key)}>{path}</a>)
  return (
    <>
      <p>
        A: {side(found.key.a, found.path.a)} · B: {side(found.key.b, found.path.b)}
      </p>
      <Differences found={found} />
    </>
  )
}

function Differences({ found }: { readonly found: StageDifference }) {
  const options = Object.entries(found.options)
  const metrics = Object.entries(found.metrics)
  const [other, equal] = [metrics.filter(([, { a, b }]) => a !== b), metrics.filter(([, { a, b }]) => a === b)]
  return (
    <div class="panels">
      <Panel title="What was asked">
        {found.same && <p>Nothing differs: it is one stage.</p>}
        <ul class="differences">
          {found.changes.map((change) => (
            <li>{change}</li>
          ))}
        </ul>
        {options.length > 0 && (
          <Scroll label="Options that differ">
            <table class="list">
              <Columns titles={['option', 'A', 'B']} />
              <tbody>
                {options.map(([name, { a, b }]) => (
                  <tr>
                    <th scope="row">{name}</th>
                    <td>{a === null ? '–' : shown(a)}</td>
                    <td>{b === null ? '–' : shown(b)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      </Panel>
      <Panel title="Metrics">
        <Scroll label="Metrics">
          <table class="numbers">
            <Columns titles={['metric', 'A', 'B', 'B − A']} />
            <tbody>
              {[...other, ...equal].map(([name, { a, b }]) => (
                <tr class={a === b ? 'standard' : ''}>
                  <th scope="row">{measureCalled(name).title}</th>
                  <td>{a === null ? '–' : written(name, a)}</td>
                  <td>{b === null ? '–' : written(name, b)}</td>
                  <td>{a === null || b === null || a === b ? '' : difference(name, b - a)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </Panel>
    </div>
  )
}

/** Stages of both runs first, then those of only one. */
function Runs({ found: { a, b, arms, stages, same, differing } }: { readonly found: ComparedRuns }) {
  const both = stages.filter(({ path }) => path.a !== null && path.b !== null)
  return (
    <>
      <p>
        A: <a href={linkTo('run', a.id)}>run {a.id}</a> <State state={a.status} /> · B: <a href={linkTo('run', b.id)}>run {b.id}</a>{' '}
        <State state={b.status} /> · {same} stages are the same, {differing} differ
        {differing > stages.length && `, of which the first ${stages.length} are shown`}
      </p>
      {arms.length > 0 && <ArmsOf arms={arms} />}
      {both.map((stage) => (
        <details>
          <summary>
            {stage.path.b}{' '}
            <span class="quiet">
              {stage.changes.join(' · ')}
              {stage.seconds.a !== null && stage.seconds.b !== null && ` · ${duration(stage.seconds.a)} → ${duration(stage.seconds.b)}`}
            </span>
          </summary>
          <Differences found={stage} />
        </details>
      ))}
      <Alone side="A" paths={stages.flatMap(({ path }) => (path.b === null ? (path.a ?? []) : []))} />
      <Alone side="B" paths={stages.flatMap(({ path }) => (path.a === null ? (path.b ?? []) : []))} />
    </>
  )
}

const Alone = ({ side, paths }: { readonly side: string; readonly paths: readonly string[] }) =>
  paths.length === 0 ? null : (
    <details>
      <summary>
        {paths.length} in {side} alone
      </summary>
      <ul>
        {paths.map((path) => (
          <li>{path}</li>
        ))}
      </ul>
    </details>
  )

/** Differences in results per arm, as means over seeds. */
const ArmsOf = ({ arms }: Pick<RunComparison, 'arms'>) => (
  <Panel title="Arms with different results" wide aside={<span class="quiet">means over the seeds that both have</span>}>
    <Scroll label="Arms">
      <table class="numbers">
        <Columns titles={['arm', 'metric', 'A', 'B', 'B − A']} />
        <tbody>
          {arms.slice(0, 200).flatMap(({ arm, metrics }) =>
            Object.entries(metrics)
              .filter(([name]) => !name.startsWith('density/'))
              .map(([name, { a, b }]) => (
                <tr>
                  <th scope="row">{arm}</th>
                  <td>{measureCalled(name).title}</td>
                  <td>{a === null ? '–' : written(name, a)}</td>
                  <td>{b === null ? '–' : written(name, b)}</td>
                  <td>{a === null || b === null ? '' : difference(name, b - a)}</td>
                </tr>
              )),
          )}
        </tbody>
      </table>
    </Scroll>
  </Panel>
)
