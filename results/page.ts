/** docs/results.md, of what was collected. Pure: the same numbers give the same page. */
import type { Numerics } from '../stdlib/engine.ts'
import { spread } from '../stdlib/metrics/spread.ts'
import { type Claim, lowerIsBetter, type Measured, verdict } from './claims.ts'
import type { Collected } from './collect.ts'
import type { StudyPage } from './studies.ts'

export interface Machine {
  readonly processor: string
  readonly cores: number
}

type Study = StudyPage & { readonly found: Collected }

/** @param earlier the page as it was: a study that the store has not whole keeps what is written there, if that was */
export function page(studies: readonly Study[], machine: Machine, earlier = ''): string {
  const known = studies.map((study) => (study.found.missing > 0 ? wholeIn(earlier, study.title) : undefined) ?? made(study, machine))
  return `${[
    '# Results',
    'Written by `npm run results` from the store: no number on this page was typed. Each study is a pipeline file in `results/studies/`, run at its recipe; what is in the store is not run again, and a study that a store has not whole keeps what another one had. What an independent implementation finds of the same arms stands in [agreement.md](agreement.md).',
    rules,
    [row(['study', 'claims', 'hold', 'hold on the mean', 'do not', 'not run']), divider(6), ...known.map(({ counts }) => counts)].join(
      '\n',
    ),
    ...known.map(({ section }) => section),
  ].join('\n\n')}\n`
}

const unfinished = 'have not been run.'

/** What the page says of one study: its row in the table of counts, and its section. */
interface Parts {
  readonly counts: string
  readonly section: string
}

const made = (study: Study, machine: Machine): Parts => ({ counts: countsOf(study), section: sectionOf(study, machine).join('\n\n') })

/** Undefined when the page has nothing of it, or not all. */
function wholeIn(text: string, title: string): Parts | undefined {
  const section = sectionIn(text, title)
  const counts = text.split('\n').find((line) => line.startsWith(`| ${title} |`))
  return section === undefined || section.includes(unfinished) || counts === undefined ? undefined : { section, counts }
}

/** Of the page, from its heading on. */
export const sectionIn = (text: string, title: string): string | undefined =>
  text
    .trimEnd()
    .split(/\n\n(?=## )/)
    .find((one) => one.startsWith(`## ${title}\n`))

const rules = `Numbers are of the last epoch, mean ± sample standard deviation over seeds; nothing was selected on test. A claim is decided by the differences between two
arms seed by seed, with d their mean and a 95 % interval by Student's t:

| claimed | verdict |
| --- | --- |
| better | *holds*: the interval is above 0 · *holds on the mean*: d is, the interval is not · *not seen*: d is 0 or below · *reversed*: the interval is below 0 |
| not worse | *holds* unless the interval is below 0 |
| no difference | *holds* when the interval has 0 in it |

Differences are in percentage points of accuracy, or in nats of loss and steps, turned so that more is better. With three seeds an interval is wide: *holds on
the mean* is weak evidence, and *no difference* is often only that none could be seen. The line above each table says what it was computed
on; another kind of processor, or other instructions of one (AVX2 for AVX-512), comes to other last bits, and trainings grow apart from there.`

/** How many of its claims came out how. */
function countsOf({ title, claims, found }: Study): string {
  const says = claims.map((claim) => verdict(claim, found.arms).says)
  const count = (...words: readonly string[]) => String(says.filter((said) => words.includes(said)).length)
  return row([
    title,
    String(claims.length),
    count('holds'),
    count('holds on the mean'),
    count('not seen', 'reversed', 'worse', 'better'),
    count('not run', 'one seed'),
  ])
}

function sectionOf({ file, title, question, metrics, claims, found }: Study, { processor, cores }: Machine): string[] {
  const shown = metrics.filter((metric) =>
    [...found.arms.values()].some((bySeed) => [...bySeed.values()].some((m) => m[metric] !== undefined)),
  )
  const head = row(['', ...shown.map((metric) => titles[metric] ?? metric), 'seeds'])
  const rows = [...found.arms].map(([name, bySeed]) =>
    row([
      name,
      ...shown.map((metric) =>
        cell(
          metric,
          [...bySeed.values()].flatMap((m) => m[metric] ?? []),
        ),
      ),
      String(bySeed.size),
    ]),
  )
  const missing = found.missing === 0 ? [] : [`${found.missing} of its ${found.stages} stages ${unfinished}`]
  const engines = [...new Set(found.numerics.map(engineOf))]
  const where = [`${time(found.seconds)} of work until ${dateOf(found.finished)}`, `${processor}, ${cores} cores`, ...engines].join('; ')
  return [
    `## ${title}`,
    question,
    `\`results/studies/${file}.pipeline.ts\`: ${found.recipe} ${found.stages} stages, ${where}.`,
    ...missing,
    ...(rows.length === 0 ? [] : [[head, divider(shown.length + 2), ...rows].join('\n')]),
    [row(['claim', 'd', '95 % interval', 'n', 'verdict']), divider(5), ...claims.map((claim) => judged(claim, found.arms))].join('\n'),
  ]
}

function judged(claim: Claim, arms: Measured): string {
  const metric = claim.metric ?? 'test/accuracy'
  const { difference, says } = verdict(claim, arms)
  const words = { better: lowerIsBetter(metric) ? '<' : '>', 'not worse': lowerIsBetter(metric) ? '≤' : '≥', 'no difference': '≈' }[
    claim.expect
  ]
  const of = `${titles[metric] ?? metric}: ${claim.of} ${words} ${claim.than}`
  if (difference === undefined) return row([of, '', '', '0', says])
  const { mean, interval, count } = difference
  const range = interval === undefined ? '' : `${signed(metric, interval[0])} … ${signed(metric, interval[1])}`
  return row([of, signed(metric, mean), range, String(count), `**${says}**`])
}

export const titles: { readonly [metric: string]: string } = {
  'test/accuracy': 'test accuracy %',
  'test/loss': 'test NLL',
  'test/calibrated-loss': 'test NLL, calibrated',
  'test/ece': 'test ECE',
  'flips/first half': 'bits flipped at a time, first half',
  'flips/last quarter': 'last quarter',
  'earlyStop/step': 'early stop, steps',
}

function cell(metric: string, all: readonly number[]): string {
  if (all.length === 0) return '–'
  const { mean, std } = spread(all)
  if (metric === 'sparsity') return mean.toFixed(3)
  return std === undefined || metric === 'parameters' ? number(metric, mean) : `${number(metric, mean)} ± ${number(metric, std)}`
}

function number(metric: string, value: number): string {
  if (metric.endsWith('accuracy')) return (100 * value).toFixed(2)
  if (metric.startsWith('flips')) return value === 0 ? '0' : value.toExponential(1)
  return metric === 'parameters' || metric.endsWith('step') ? Math.round(value).toLocaleString('en') : value.toFixed(4)
}

const signed = (metric: string, value: number): string => `${value < 0 ? '−' : '+'}${number(metric, Math.abs(value))}`

export const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
export const divider = (columns: number): string => row(Array.from({ length: columns }, (_, i) => (i === 0 ? '---' : '--:')))

const engineOf = ({ engine, version, device, threads }: Numerics): string =>
  `${engine} ${version}, ${device}, ${threads} thread${threads === 1 ? '' : 's'}`

const dateOf = (unix: number): string => (unix === 0 ? '–' : new Date(unix).toISOString().slice(0, 10))

function time(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  return minutes < 1 ? `${Math.round(seconds)} s` : minutes < 120 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`
}
