/** docs/results.md, of what was collected. Pure: the same numbers give the same page. */
import type { Numerics } from '../stdlib/engine.ts'
import { spread } from '../stdlib/metrics/spread.ts'
import { overExamples, type Right } from './bootstrap.ts'
import { type Claim, type JudgedClaim, lowerIsBetter, verdicts } from './claims.ts'
import type { Collected } from './collect.ts'
import type { Registration } from './registration.ts'

export interface Machine {
  readonly processor: string
  readonly cores: number
}

type Study = Registration & { readonly found: Collected }

/** @param earlier the page as it was: a study that the store has not whole keeps what is written there, if that was */
export function page(studies: readonly Study[], machine: Machine, earlier = ''): string {
  const known = studies.map((study) => (study.found.missing > 0 ? wholeIn(earlier, study.title) : undefined) ?? made(study, machine))
  return `${[
    '# Results',
    'Written by `npm run results` from the store: no number on this page was typed. Each study is a pipeline file in `results/studies/`, run at its recipe; what is in the store is not run again, and a study that a store has not whole keeps what another one had. What an independent implementation finds of the same arms stands in [agreement.md](agreement.md).',
    rules,
    [row(countsHead), divider(countsHead.length), ...known.map(({ counts }) => counts)].join('\n'),
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

const rules = `Numbers are of the last epoch unless a study says otherwise, mean ± sample standard deviation over seeds; nothing was selected on test. A claim is decided by the
differences between two arms seed by seed, with d their mean, by Student's t. What is a difference, and how many seeds there are, a study fixes before it runs, in \`results/studies/NAME.registration.ts\`:

| claimed | test at 0.05 | verdict |
| --- | --- | --- |
| better | two-sided, of d = 0 | *holds* or *reversed*, as d lies; otherwise *not decided*, d as claimed or against it |
| not worse | one-sided, of d ≤ −margin | *holds*; *worse* when d lies below −margin as surely; otherwise *not decided* |
| no difference | two one-sided, of d ≤ −margin and d ≥ margin | *holds*; *better* or *worse* beyond the margin; otherwise *not decided* |

Without a margin fixed beforehand the last two are *not decided*. The margin is half a point of accuracy and 2 % of a loss. The last column is the verdict when the claims of a study are taken as one
family (Holm, 1979). Where a test set is small, an interval over its examples stands beside that over seeds: both networks as they are, examples drawn again 2,000 times, in pairs.
Differences are in percentage points of accuracy, or in nats of loss and steps, turned so that more is better. The line above each table says what it was computed
on; another kind of processor, or other instructions of one (AVX2 for AVX-512), comes to other last bits, and trainings grow apart from there.`

const countsHead = ['study', 'claims', 'hold', 'hold in the family', 'do not', 'not decided', 'not run']

/** How many of its claims came out how. */
function countsOf({ title, claims, margins, found }: Study): string {
  const all = verdicts(claims, found.arms, margins)
  const count = (one: (claim: JudgedClaim) => boolean) => String(all.filter(one).length)
  return row([
    title,
    String(claims.length),
    count(({ says }) => says === 'holds'),
    count(({ corrected }) => corrected === 'holds'),
    count(({ says }) => ['reversed', 'worse', 'better'].includes(says)),
    count(({ says }) => says.startsWith('not decided')),
    count(({ says }) => says === 'not run' || says === 'one seed'),
  ])
}

function sectionOf(study: Study, { processor, cores }: Machine): string[] {
  const { file, title, question, metrics, found } = study
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
  const stages = found.absent === undefined ? `${found.missing} of its ${found.stages} stages` : `${found.absent} Its stages`
  const missing = found.missing === 0 ? [] : [`${stages} ${unfinished}`]
  const engines = [...new Set(found.numerics.map(engineOf))]
  const where = [`${time(found.seconds)} of work until ${dateOf(found.finished)}`, `${processor}, ${cores} cores`, ...engines].join('; ')
  return [
    `## ${title}`,
    question,
    fixed(study),
    `\`results/studies/${file}.pipeline.ts\`: ${found.recipe} ${found.stages} stages, ${where}.`,
    ...missing,
    ...(rows.length === 0 ? [] : [[head, divider(shown.length + 2), ...rows].join('\n')]),
    ...(study.claims.length === 0 ? [] : [claimsOf(study)]),
  ]
}

/** What was settled before the study ran. */
function fixed({ source, seeds, margins, inView, seedsAdded, found }: Study): string {
  const run = new Set([...found.arms.values()].flatMap((bySeed) => [...bySeed.keys()].map((seed) => seed.split('/')[0]))).size
  return [
    `Where it is from: ${source}`,
    `Fixed before it ran: n = ${seeds}${run > 0 && run !== seeds ? ` (${run} here)` : ''}, ${margins === undefined ? 'no margins' : 'the usual margins'}.`,
    ...(inView === undefined
      ? []
      : [`Chosen with results in view: ${inView}. Of that it confirms an implementation, and no claim of a paper.`]),
    ...(seedsAdded === undefined ? [] : [`Seeds were added: ${seedsAdded}`]),
  ].join(' ')
}

function claimsOf({ claims, margins, found }: Study): string {
  const few = found.right !== undefined
  const head = ['claim', 'd', '95 % over seeds', ...(few ? ['95 % over examples'] : []), 'n', 'p', 'verdict', 'in the family']
  const judgedAll = verdicts(claims, found.arms, margins)
  return [row(head), divider(head.length), ...claims.map((claim, i) => judged(claim, judgedAll[i]!, found, few))].join('\n')
}

function judged(claim: Claim, { difference, p, says, corrected }: JudgedClaim, found: Collected, few: boolean): string {
  const metric = claim.metric ?? 'test/accuracy'
  const words = { better: lowerIsBetter(claim) ? '<' : '>', 'not worse': lowerIsBetter(claim) ? '≤' : '≥', 'no difference': '≈' }[
    claim.expect
  ]
  const of = `${titles[metric] ?? metric}: ${claim.of} ${words} ${claim.than}`
  const between = (interval: readonly [number, number] | undefined) =>
    interval === undefined ? '' : `${signed(metric, interval[0])} … ${signed(metric, interval[1])}`
  if (difference === undefined) return row([of, '', '', ...(few ? [''] : []), '0', '', says, ''])
  const examples = few ? [between(metric === 'test/accuracy' ? overExamples(pairsOf(claim, found)) : undefined)] : []
  const { mean, interval, count } = difference
  const shown = p === undefined ? '' : p < 0.001 ? '< 0.001' : p.toFixed(3)
  return row([of, signed(metric, mean), between(interval), ...examples, String(count), shown, `**${says}**`, corrected])
}

/** Of the seeds that both arms have. */
function pairsOf({ of, than }: Claim, { right }: Collected): readonly (readonly [Right, Right])[] {
  const others = right?.get(than)
  return [...(right?.get(of) ?? [])].flatMap(([seed, own]) => {
    const other = others?.get(seed)
    return other === undefined ? [] : [[own, other] as const]
  })
}

export const titles: { readonly [metric: string]: string } = {
  'test/accuracy': 'test accuracy %',
  'test/loss': 'test NLL',
  'test/perplexity': 'test perplexity',
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
