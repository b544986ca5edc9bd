/** Two runs or two stages side by side, differences first. */
import { useState } from 'preact/hooks'
import { duration } from '../../format/words.ts'
import type { RunComparison, StageComparison, StageDifference } from '../../views/compare.ts'
import { measureCalled } from '../../views/measure.ts'
import { type Address, choose, linkTo } from '../address.ts'
import { Panel, Problem, Scroll, State } from '../parts/shared.tsx'
import { shown } from '../parts/stage.tsx'
import { apiPath, useAnswer } from '../server.ts'
import { difference, written } from '../words.ts'

export default function CompareScreen({ query }: Address) {
  const [a, b, store] = ['a', 'b', 'store'].map((name) => query.get(name) ?? undefined)
  const asked = a !== undefined && b !== undefined
  const { answer, problem } = useAnswer<RunComparison | StageComparison>(asked ? apiPath('compare', { a, b, store }) : undefined)
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
      {problem !== undefined && <Problem problem={problem} />}
      {answer?.compared === 'stages' && <Stages found={answer} />}
      {answer?.compared === 'runs' && <Runs found={answer} />}
    </>
  )
}

/** Offers the stages whose name has what is typed in it. */
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
              <thead>
                <tr>
                  <th scope="col">option</th>
                  <th scope="col">A</th>
                  <th scope="col">B</th>
                </tr>
              </thead>
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
      <Panel title="What was measured">
        <Scroll label="Metrics">
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">metric</th>
                <th scope="col">A</th>
                <th scope="col">B</th>
                <th scope="col">B − A</th>
              </tr>
            </thead>
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

/** Stages that differ; those that are the same are counted. */
function Runs({ found: { a, b, stages } }: { readonly found: RunComparison }) {
  const differing = stages.filter(({ same, key }) => !same && (key.a !== null || key.b !== null))
  const shownMost = 200
  return (
    <>
      <p>
        A: <a href={linkTo('run', a.id)}>run {a.id}</a> <State state={a.status} /> · B: <a href={linkTo('run', b.id)}>run {b.id}</a>{' '}
        <State state={b.status} /> · {stages.length - differing.length} stages are the same, {differing.length} differ
        {differing.length > shownMost && `, of which the first ${shownMost} are shown`}
      </p>
      {differing.slice(0, shownMost).map((stage) => (
        <details>
          <summary>
            {stage.path.b ?? stage.path.a}{' '}
            <span class="quiet">
              {stage.path.a === null ? 'only in B' : stage.path.b === null ? 'only in A' : stage.changes.join(' · ')}
              {stage.seconds.a !== null && stage.seconds.b !== null && ` · ${duration(stage.seconds.a)} → ${duration(stage.seconds.b)}`}
            </span>
          </summary>
          <Differences found={stage} />
        </details>
      ))}
    </>
  )
}
