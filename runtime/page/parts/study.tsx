/** A study: its table and plots, with a shared selection of arms. */
import type { ComponentChildren } from 'preact'
import { useCallback, useMemo, useState } from 'preact/hooks'
import type { ProblemText } from '../../../dsl/check/problem.ts'
import type { Spread } from '../../../stdlib/metrics/spread.ts'
import { armGroups, isSeed } from '../../views/arms.ts'
import { layerDensities } from '../../views/layers.ts'
import { measureCalled } from '../../views/measure.ts'
import { resultsTable } from '../../views/results-table.ts'
import { type ArmStatistics, armStatistics } from '../../views/statistics.ts'
import type { StudyView } from '../../views/study.ts'
import { axesOf } from '../../views/study-axes.ts'
import { type TradeOffView, tradeOff } from '../../views/trade-off.ts'
import { difference, written } from '../words.ts'
import type { ArmsShown } from './arms.ts'
import { Densities } from './densities.tsx'
import { bestOf, Results } from './results.tsx'
import { Choice, Panel, Problem } from './shared.tsx'
import { TradeOff } from './trade-off.tsx'

interface StudyProps {
  readonly view: StudyView
  /** `arm` once for each arm, `x`, `y`, `by`, `sort`, `metric`, `column`. */
  readonly choices: URLSearchParams
  readonly onChoose: (choices: { readonly [name: string]: string | readonly string[] | undefined }) => void
  /** Address of the comparison of two stages by key; undefined if there is none. */
  readonly comparison?: (a: string, b: string) => string
  /** Draws curves, if available. */
  readonly curves?: (arms: ArmsShown) => ComponentChildren
}

export function Study({ view, choices, onChoose, comparison, curves }: StudyProps) {
  const [near, setNear] = useState<string>()
  const { arms: results } = view
  const baseline = choices.get('baseline') ?? undefined
  const facts = useMemo(() => factsOf(view, baseline), [view, baseline])
  const chosenNames = choices.getAll('arm')
  const arms = useMemo(
    (): ArmsShown => ({ names: facts.names, chosen: new Set(chosenNames.filter((name) => facts.names.includes(name))), near }),
    [facts, chosenNames.join('\n'), near],
  )
  const toggle = useCallback(
    (arm: string) => onChoose({ arm: chosenNames.includes(arm) ? chosenNames.filter((name) => name !== arm) : [...chosenNames, arm] }),
    [chosenNames.join('\n'), onChoose],
  )
  const main = choices.get('metric') ?? facts.main
  const extra = choices.getAll('column').filter((metric) => facts.metrics.includes(metric))
  const metrics = [...new Set([main, ...facts.columns, ...extra])].filter((metric) => facts.metrics.includes(metric))
  const [x, y, by] = [choices.get('x') ?? undefined, choices.get('y') ?? undefined, choices.get('by') ?? undefined]
  const drawn = useMemo(
    () => attempt(() => tradeOff(results, { file: view.file, target: view.target, x, y, by: by?.split(',') })),
    [view, x, y, by],
  )
  const densities = useMemo(() => attempt(() => layerDensities(results, view)), [view])
  const two = lastTrainings(results, [...arms.chosen])
  const sort = choices.get('sort')
  const unmeasured = facts.names.length - facts.statistics.filter(({ metrics: of }) => Object.keys(of).length > 0).length
  return (
    <>
      <Summary statistics={facts.statistics} main={main} />
      <div class="choices">
        <Choice label="Metric" value={main} options={facts.metrics.map(named)} onChoose={(metric) => onChoose({ metric })} />
        <Choice
          label="Baseline"
          value={baseline ?? ''}
          options={[['', "the study's"], ...facts.names]}
          onChoose={(next) => onChoose({ baseline: next })}
        />
        <Choice
          label="Another column"
          value=""
          options={[['', 'add …'], ...facts.metrics.filter((metric) => !metrics.includes(metric)).map(named)]}
          onChoose={(metric) => onChoose({ column: [...extra, metric] })}
        />
        {arms.chosen.size > 0 && (
          <button type="button" onClick={() => onChoose({ arm: undefined })}>
            Show all arms
          </button>
        )}
        {two !== undefined && comparison !== undefined && <a href={comparison(...two)}>Where these two differ</a>}
      </div>
      <Panel title="Results" wide aside={unmeasured > 0 && <span class="quiet">{unmeasured} without a result yet</span>}>
        <Results
          statistics={facts.statistics}
          seedsOf={facts.seedsOf}
          metrics={metrics}
          main={main}
          arms={arms}
          sort={sort === null ? undefined : { by: sort.replace(/^-/, ''), down: sort.startsWith('-') }}
          onSort={(column) => onChoose({ sort: sort === `-${column}` ? column : sort === column ? undefined : `-${column}` })}
          onChoose={toggle}
          onNear={setNear}
        />
      </Panel>
      <div class="panels">
        <Panel
          title="Trade-off"
          aside={
            <div class="choices">
              <Choice
                label="x"
                value={x ?? ''}
                options={[['', 'as fits'], ...facts.axes, ...facts.metrics.map(named)]}
                onChoose={(next) => onChoose({ x: next })}
              />
              <Choice
                label="y"
                value={y ?? ''}
                options={[['', 'as fits'], ...facts.metrics.map(named)]}
                onChoose={(next) => onChoose({ y: next })}
              />
            </div>
          }
        >
          {'problem' in drawn ? <Problem problem={drawn.problem} /> : <TradeOff view={drawn.view} arms={arms} onChoose={toggle} />}
        </Panel>
        {curves?.(arms)}
        {'view' in densities && (
          <Panel title="What is left of each layer" wide>
            <Densities view={densities.view} arms={arms} />
          </Panel>
        )}
      </div>
    </>
  )
}

const named = (metric: string): readonly [string, string] => [metric, measureCalled(metric).title]

/** The last trainings of two arms for their first seed, which show the difference between the arms. Undefined if they are shared. */
function lastTrainings(results: StudyView['arms'], chosen: readonly string[]): readonly [string, string] | undefined {
  const groups = armGroups(results).filter(({ name }) => chosen.includes(name))
  const [a, b] = groups.map(({ bySeed }) => [...bySeed.values()][0]?.trainings.at(-1)?.key ?? undefined)
  return groups.length === 2 && a !== undefined && b !== undefined && a !== b ? [a, b] : undefined
}

/** @param baseline an arm to use instead of the study's baseline */
function factsOf({ arms }: StudyView, baseline: string | undefined) {
  const measured = arms.filter(({ metrics }) => Object.keys(metrics).length > 0)
  const statistics = armStatistics(comparedWith(arms, baseline))
  const names = [...new Set(measured.flatMap(({ metrics }) => Object.keys(metrics)))]
  const columns = resultsTable(measured).columns.map(({ metric }) => metric)
  const groups = armGroups(arms)
  return {
    statistics,
    names: groups.map(({ name }) => name),
    seedsOf: new Map(groups.map(({ name, bySeed }) => [name, bySeed.size])),
    metrics: names.filter((name) => !name.startsWith('density/')).sort(),
    columns,
    main: columns[0] ?? names[0] ?? 'test/accuracy',
    axes: axesOf(groups).flatMap(({ name, numeric, values }) => (numeric && values.length > 1 ? [name] : [])),
  }
}

function comparedWith(arms: StudyView['arms'], baseline: string | undefined): StudyView['arms'] {
  const chosen = armGroups(arms).find(({ name }) => name === baseline)
  if (chosen === undefined) return arms
  const paths = new Set([...chosen.bySeed.values()].map(({ path }) => path))
  return arms.map((arm) => ({
    ...arm,
    // One baseline for all arms, as if the study had named it.
    labels: arm.labels.map(({ axis, value }) => ({
      axis,
      value,
      ...(paths.has(arm.path) && !isSeed({ axis }) ? { baseline: true as const } : {}),
    })),
  }))
}

/** The headline: the best arm, and by how much. */
function Summary({ statistics, main }: { readonly statistics: readonly ArmStatistics[]; readonly main: string }) {
  const best = bestOf(statistics, main)
  const value = (arm: string | undefined) => statistics.find((each) => each.arm === arm)?.metrics[main]
  const top = value(best)
  if (best === undefined || top === undefined) return null
  const next = bestOf(
    statistics.filter(({ metrics }) => metrics[main]?.mean !== top.mean),
    main,
  )
  const gapOf = (arm: string | undefined) => statistics.find((each) => each.arm === arm)?.differences
  const own = gapOf(best)?.metrics[main]
  const title = measureCalled(main).title
  // The baseline has no difference to itself, so that of the next arm is shown.
  return (
    <p class="summary">
      <strong>{best}</strong> has the best {title}, {written(main, top.mean)}
      {own !== undefined && own.mean !== 0 && (
        <>
          : {gapIn(main, own)} against {gapOf(best)?.to}
        </>
      )}
      {next !== undefined && next !== gapOf(best)?.to && (
        <>
          ; the next, {next}, has {written(main, value(next)!.mean)}
          {(own === undefined || own.mean === 0) && gapOf(next)?.to === best && gapOf(next)?.metrics[main] !== undefined && (
            <>: {gapIn(main, gapOf(next)!.metrics[main]!)}</>
          )}
        </>
      )}
      .
    </p>
  )
}

const gapIn = (metric: string, { mean, interval }: Spread): string =>
  difference(metric, mean) +
  (interval === undefined ? '' : ` (95 % interval ${difference(metric, interval[0])} to ${difference(metric, interval[1])})`)

type Attempt<V> = { readonly view: V } | { readonly problem: ProblemText }

function attempt<V = TradeOffView>(work: () => V): Attempt<V> {
  try {
    return { view: work() }
  } catch (cause) {
    if (cause !== null && typeof cause === 'object' && 'title' in cause) return { problem: cause as unknown as ProblemText }
    throw cause
  }
}
