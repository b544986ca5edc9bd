/** Arms × metrics over seeds, with differences to a baseline. Selecting arms here also selects them in the plots. */

import type { Spread } from '../../../stdlib/metrics/spread.ts'
import type { Directions } from '../../run-event.ts'
import { directionsOf, measureCalled } from '../../views/measure.ts'
import type { ArmStatistics } from '../../views/statistics.ts'
import { around, difference, written } from '../words.ts'
import { type ArmsShown, isShown } from './arms.ts'
import { Scroll, Swatch } from './shared.tsx'

interface ResultsProps {
  readonly statistics: readonly ArmStatistics[]
  /** Number of seeds of an arm. */
  readonly seedsOf: ReadonlyMap<string, number>
  readonly metrics: readonly string[]
  /** The metric of the differences. */
  readonly main: string
  readonly arms: ArmsShown
  readonly sort: { readonly by: string; readonly down: boolean } | undefined
  readonly onSort: (by: string) => void
  readonly onChoose: (arm: string) => void
  readonly onNear: (arm: string | undefined) => void
}

export function Results({ statistics, seedsOf, metrics, main, arms, sort, onSort, onChoose, onNear }: ResultsProps) {
  const baselines = [...new Set(statistics.flatMap(({ differences }) => differences?.to ?? []))]
  const rows = sort === undefined ? statistics : sorted(statistics, sort, main)
  const best = new Map(metrics.map((metric) => [metric, meanOf(statistics, bestOf(statistics, metric), metric)]))
  const head = (by: string, title: string) => (
    <th scope="col" aria-sort={sort?.by === by ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" class="sort" onClick={() => onSort(by)}>
        {title}
        <span aria-hidden="true">{sort?.by === by ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
  return (
    <Scroll label="Results">
      <table class="numbers">
        <thead>
          <tr>
            {head('arm', 'arm')}
            {metrics.map((metric) => head(metric, measureCalled(metric).title))}
            {baselines.length > 0 &&
              head('difference', `Δ ${measureCalled(main).title} to ${baselines.length === 1 ? baselines[0] : 'its baseline'}`)}
            <th scope="col">seeds</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ arm, metrics: values, differences }) => (
            <tr class={isShown(arms, arm) ? '' : 'unchosen'} onMouseEnter={() => onNear(arm)} onMouseLeave={() => onNear(undefined)}>
              <th scope="row">
                <label class="arm">
                  <input
                    type="checkbox"
                    checked={arms.chosen.has(arm)}
                    onChange={() => onChoose(arm)}
                    onFocus={() => onNear(arm)}
                    onBlur={() => onNear(undefined)}
                  />
                  <Swatch arms={arms} name={arm} />
                  {arm}
                </label>
              </th>
              {metrics.map((metric) => (
                <td class={best.get(metric) !== undefined && best.get(metric) === values[metric]?.mean ? 'best' : ''}>
                  {cell(metric, values[metric])}
                </td>
              ))}
              {baselines.length > 0 && (
                <td>
                  {differences === undefined ? (
                    <span class="quiet">baseline</span>
                  ) : (
                    gap(main, differences.metrics[main], directionsOf(statistics))
                  )}
                </td>
              )}
              <td>{seeds(Math.max(0, ...Object.values(values).map(({ count }) => count)), seedsOf.get(arm) ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}

/** `2 of 3` while results are missing. */
const seeds = (measured: number, all: number): string => (measured < all ? `${measured} of ${all}` : String(measured))

function cell(metric: string, value: Spread | undefined) {
  if (value === undefined) return <span class="quiet">–</span>
  return (
    <>
      {written(metric, value.mean)} <span class="quiet">{around(metric, value)}</span>
    </>
  )
}

/** A difference with its interval, coloured if the interval excludes zero and the metric has a better direction. */
function gap(metric: string, value: Spread | undefined, directions: Directions) {
  if (value === undefined) return <span class="quiet">–</span>
  const { mean, interval } = value
  const clear = interval !== undefined && interval[0] * interval[1] > 0
  const way = measureCalled(metric, directions).better
  const better = way === 'lower' ? mean < 0 : mean > 0
  return (
    <span
      class={clear && way !== undefined ? (better ? 'better' : 'worse') : ''}
      title={interval === undefined ? '' : '95 % interval of the mean of paired differences'}
    >
      {difference(metric, mean)}{' '}
      {interval !== undefined && <span class="quiet">[{interval.map((end) => difference(metric, end)).join(', ')}]</span>}
    </span>
  )
}

/** The arm's mean; undefined if all arms have the same mean. */
function meanOf(statistics: readonly ArmStatistics[], arm: string | undefined, metric: string): number | undefined {
  const means = statistics.flatMap(({ metrics }) => metrics[metric]?.mean ?? [])
  return new Set(means).size < 2 ? undefined : statistics.find((each) => each.arm === arm)?.metrics[metric]?.mean
}

/** Undefined if the metric has no better direction, or only one arm has it. */
export function bestOf(statistics: readonly ArmStatistics[], metric: string): string | undefined {
  const way = measureCalled(metric, directionsOf(statistics)).better
  const measured = statistics.flatMap(({ arm, metrics }) => (metrics[metric] === undefined ? [] : [{ arm, mean: metrics[metric].mean }]))
  if (way === null || measured.length < 2) return undefined
  return measured.reduce((best, each) => ((way === 'higher' ? each.mean > best.mean : each.mean < best.mean) ? each : best)).arm
}

function sorted(
  statistics: readonly ArmStatistics[],
  { by, down }: { readonly by: string; readonly down: boolean },
  main: string,
): ArmStatistics[] {
  const value = ({ metrics, differences }: ArmStatistics) => (by === 'difference' ? differences?.metrics[main]?.mean : metrics[by]?.mean)
  const way = down ? -1 : 1
  return statistics.toSorted((a, b) => {
    if (by === 'arm') return way * (a.arm < b.arm ? -1 : 1)
    const [one, other] = [value(a), value(b)]
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined)
    return way * (one - other)
  })
}
