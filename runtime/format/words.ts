/** Text formats of durations, dates, sizes and metrics. */
import type { RunEvent } from '../run-event.ts'
import { short } from './number.ts'
import { inOwnZone } from './time-zone.ts'

/** `1 min 15 s`. Not `pretty-ms`, which writes `1m 15s`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `2026-11-24 15:36`, local time. @param unix milliseconds */
export function moment(unix: number): string {
  const at = new Date(unix)
  const two = (value: number) => String(value).padStart(2, '0')
  return inOwnZone(() => {
    const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
    return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
  })
}

/** `1.2 GB`, in powers of 1000, always with two or three significant digits, unlike `pretty-bytes`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let [value, unit] = [count, 0]
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1]
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toPrecision(value >= 9.95 ? 3 : 2)} ${units[unit]}`
}

export interface Measures {
  readonly loss?: number
  readonly accuracy?: number
  readonly stepsPerSecond?: number
}

/** `loss 0.1234 · accuracy 96.1 % · 812 steps/s`, without missing values. */
export function measures({ loss, accuracy, stepsPerSecond }: Measures): string {
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(accuracy === undefined ? [] : [`accuracy ${(accuracy * 100).toFixed(1)} %`]),
    ...(stepsPerSecond === undefined ? [] : [`${stepsPerSecond < 10 ? stepsPerSecond.toFixed(1) : Math.round(stepsPerSecond)} steps/s`]),
  ].join(' · ')
}

/** The main metrics of a finished stage. */
export function outcome(metrics: { readonly [name: string]: number }): string {
  const percent = (name: string, label: string) => {
    const value = metrics[name]
    return value === undefined ? [] : [`${label} ${(value * 100).toFixed(2)} %`]
  }
  const plain = (name: string, label: string) => (metrics[name] === undefined ? [] : [`${label} ${short(metrics[name])}`])
  // Text models have an accuracy too, that of the next token.
  const perplexity = plain('test/perplexity', 'test perplexity')
  const tested = perplexity.length > 0 ? perplexity : [...plain('test/r2', 'test R²'), ...percent('test/accuracy', 'test accuracy')]
  const validated = tested.length > 0 ? [] : percent('validation/accuracy', 'validation accuracy')
  const { sparsity } = metrics
  const sparse = sparsity === undefined || sparsity === 0 ? [] : [`sparsity ${Number(sparsity.toFixed(4))}`]
  return [...tested, ...validated, ...sparse].join(' · ')
}

/** Twelve hex digits: enough to identify an object. */
export const shortDigest = (digest: string): string => digest.replace(/^sha256:/, '').slice(0, 12)

/** `1 stage`, `3 stages` */
export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

export const threads = (slots: number, each: number): string => `${slots} × ${counted(each, 'thread')}`

/** Slots and threads of a run: `2 × 4 threads`; with workers, `3 workers: 2 × 8 threads, 4 × 2 threads`. */
export function computing({ slots, threads: each, workers }: Extract<RunEvent, { event: 'start' }>): string {
  if (workers === undefined) return threads(slots, each)
  if (workers.length === 0) return 'no worker yet'
  const kinds = [...Map.groupBy(workers, (worker) => worker.threads)].map(([each, alike]) =>
    threads(
      alike.reduce((sum, { slots }) => sum + slots, 0),
      each,
    ),
  )
  return `${counted(workers.length, 'worker')}: ${kinds.join(', ')}`
}
