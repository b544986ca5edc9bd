/** One stage: why it ran, its options, metrics, curves, log and files. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import { bytes, duration, moment, shortDigest } from '../../format/words.ts'
import type { MasksView } from '../../views/masks.ts'
import { measureCalled } from '../../views/measure.ts'
import { type Address, choose, linkTo } from '../address.ts'
import type { CurveColumns, LogPage, StagePage } from '../data.ts'
import { type Line, Lines } from '../parts/lines.tsx'
import { Masks } from '../parts/masks.tsx'
import { Choice, Panel, Problem, Scroll, State } from '../parts/shared.tsx'
import { Options, Why } from '../parts/stage.tsx'
import { apiPath, ask, change, useAnswer } from '../server.ts'
import { written } from '../words.ts'

export default function StageScreen({ path: [, name = ''], query }: Address) {
  const store = query.get('store') ?? undefined
  const { answer, problem } = useAnswer<StagePage>(apiPath('stage', { stage: name, store }), ['run'])
  if (answer === undefined) return problem === undefined ? <p class="quiet">Reading the stage …</p> : <Problem problem={problem} />
  const { stage, kind, options, series, why } = answer
  const { result } = stage
  const density = Object.entries(result?.metrics ?? {}).filter(([metric]) => metric.startsWith('density/'))
  const metrics = Object.entries(result?.metrics ?? {}).filter(([metric]) => !metric.startsWith('density/'))
  return (
    <>
      <h1>
        {stage.path} <State state={stage.state} />
      </h1>
      <p class="quiet">
        {kind !== '' && `${kind} · `}key {stage.key.slice(0, 12)}
        {result !== undefined && ` · finished ${moment(result.finished)} · took ${duration(result.seconds)}`}
        {stage.checkpoint !== undefined && ` · checkpoint at step ${stage.checkpoint}`}{' '}
        <button
          type="button"
          aria-pressed={stage.pinned}
          onClick={() => void change('pin', { store: Number(store ?? 0), key: stage.key, pinned: !stage.pinned })}
        >
          {stage.pinned ? 'Unpin' : 'Pin'}
        </button>
      </p>
      <div class="columns">
        <Panel title={stage.state === 'failed' ? 'Why it failed' : 'Why it ran'}>
          <Why why={why} path={stage.path} failed={stage.state === 'failed' ? stage.runs[0]?.because : undefined} />
        </Panel>
        {metrics.length > 0 && (
          <Panel title="Measured">
            <table class="facts">
              <tbody>
                {metrics.map(([metric, value]) => (
                  <tr>
                    <th scope="row">{measureCalled(metric).title}</th>
                    <td>{written(metric, value)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        )}
        {series.length > 0 && <Curves stageKey={stage.key} series={series} query={query} />}
        {options.length > 0 && (
          <Panel title="Options" aside={<span class="quiet">grey: as by default</span>}>
            <Options options={options} />
          </Panel>
        )}
        {density.length > 0 && (
          <Panel title="What is left of each layer">
            <table class="densities">
              <tbody>
                {density.map(([metric, value]) => (
                  <tr>
                    <th scope="row">{metric.slice('density/'.length)}</th>
                    <td>
                      <span class="bar" style={{ width: `${100 * value}%`, background: 'var(--arm-0)' }} />
                      <span>{written(metric, value)}</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        )}
        {stage.files.some(({ what }) => what === 'masks') && <MasksOf stageKey={stage.key} store={store} />}
        <Panel title="Inputs and files">
          <table class="list">
            <tbody>
              {stage.inputs.map(({ role, digest, from }) => (
                <tr>
                  <th scope="row">{role}</th>
                  <td>{from === undefined ? shortDigest(digest) : <a href={linkTo('stage', from)}>{from}</a>}</td>
                  <td />
                </tr>
              ))}
              {stage.files.map(({ what, digest, bytes: size }) => (
                <tr>
                  <th scope="row">{what}</th>
                  <td>
                    {digest === null || size === null ? (
                      '–'
                    ) : (
                      <a href={apiPath('object', { digest, store })} download>
                        {shortDigest(digest)}
                      </a>
                    )}
                  </td>
                  <td class="nowrap">{size === null ? 'not there' : bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
        <Panel title="Runs with this stage">
          <table class="list">
            <tbody>
              {stage.runs.map(({ run, outcome, because }) => (
                <tr>
                  <td>
                    <a href={linkTo('run', run)}>run {run}</a>
                  </td>
                  <td>
                    <State state={outcome} />
                  </td>
                  <td>{because}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      </div>
      {stage.files.some(({ what }) => what === 'log') && <Log stageKey={stage.key} store={store} />}
    </>
  )
}

function Curves({
  stageKey,
  series,
  query,
}: {
  readonly stageKey: string
  readonly series: readonly string[]
  readonly query: URLSearchParams
}) {
  const name = query.get('curve') ?? (series.includes('train/loss') ? 'train/loss' : series[0]!)
  const [from, to] = [query.get('from'), query.get('to')]
  const { answer, problem } = useAnswer<CurveColumns>(
    apiPath('curve', { key: stageKey, series: name, store: query.get('store'), from, to }),
    ['run'],
  )
  const lines = useMemo((): Line[] => {
    if (answer === undefined) return []
    const { steps, mean, low, high } = answer
    return [{ name, colour: 'var(--arm-0)', dash: [], strength: 1, steps, mean, low, high }]
  }, [answer])
  return (
    <Panel
      title="Curves"
      aside={
        <div class="choices">
          <Choice
            label="Curve"
            value={name}
            options={series}
            onChoose={(curve) => choose(query, { curve, from: undefined, to: undefined })}
          />
          {from !== null && (
            <button type="button" onClick={() => choose(query, { from: undefined, to: undefined })}>
              All steps
            </button>
          )}
        </div>
      }
    >
      {problem !== undefined && <Problem problem={problem} />}
      {answer !== undefined && (
        <Lines
          label={measureCalled(name).title}
          lines={lines}
          write={(value) => written(name, value)}
          onZoom={(start, end) => choose(query, { from: String(Math.max(0, Math.floor(start))), to: String(Math.ceil(end)) })}
        />
      )}
      {answer !== undefined && answer.points > answer.steps.length && (
        <p class="quiet">
          {answer.points.toLocaleString('en-US')} points; each drawn one is the mean of its neighbours, the band their extremes. Drag across
          to see fewer steps.
        </p>
      )}
    </Panel>
  )
}

function MasksOf({ stageKey, store }: { readonly stageKey: string; readonly store: string | undefined }) {
  const { answer, problem } = useAnswer<MasksView>(apiPath('masks', { key: stageKey, store }))
  return (
    <Panel title="Masks" aside={<span class="quiet">light: removed</span>}>
      {problem !== undefined && <Problem problem={problem} />}
      {answer !== undefined && <Masks view={answer} />}
    </Panel>
  )
}

function Log({ stageKey, store }: { readonly stageKey: string; readonly store: string | undefined }) {
  const { answer, problem } = useAnswer<LogPage>(apiPath('log', { key: stageKey, store }), ['run'])
  const [earlier, setEarlier] = useState<LogPage>()
  useEffect(() => setEarlier(undefined), [stageKey])
  const start = earlier ?? answer
  return (
    <Panel title="Log" wide>
      {problem !== undefined && <Problem problem={problem} />}
      {start !== undefined && start.before > 0 && (
        <button
          type="button"
          onClick={() =>
            void ask<LogPage>(apiPath('log', { key: stageKey, store, end: start.before })).then((page) =>
              setEarlier({ ...page, text: page.text + (earlier?.text ?? '') }),
            )
          }
        >
          Earlier lines
        </button>
      )}
      <Scroll label="Log">
        <pre>
          {earlier?.text}
          {answer?.text}
        </pre>
      </Scroll>
    </Panel>
  )
}
