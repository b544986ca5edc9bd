/** Progress of a run, fitted to the screen. */
import { fromTheEnd, fromTheStart, padEnd, widthOf } from '../format/width.ts'
import { duration, measures } from '../format/words.ts'
import { type ArmCounts, type ProgressView, type RunningStage, stageOf } from '../views/progress.ts'

const marks = { waiting: '·', running: '▸', hit: '≡', done: '✓', failed: '✗', skipped: '–' } as const

export interface Screen {
  readonly columns: number
  readonly rows: number
}

/**
 * Each active arm with the marks of its stages and a line per running stage, and a total; if that does not fit, only the running stages.
 * Lines are narrower than the screen and there are fewer of them than rows, so that moving the cursor up reaches the first line.
 */
export function progressLines(progress: ProgressView, { columns, rows }: Screen): string[] {
  const summary = rows < 12 ? [] : armLines(progress)
  const room = Math.max(1, rows - 3 - summary.length)
  const tree = treeLines(progress, columns - 1)
  const all = tree.length <= room ? tree : flatLines(progress, room, columns - 1)
  return [...all, ...summary, totalLine(progress, columns - 1)].map((line) => fromTheStart(line, columns - 1))
}

/** With more arms than this, a summary is shown. */
const few = 8

/** Number of arms by state, and the failed ones. */
function armLines({ armCounts, armsTotal, failedArms }: ProgressView): string[] {
  if (armsTotal <= few) return []
  return [
    `  arms: ${armWords(armCounts)}`,
    ...(failedArms.length === 0
      ? []
      : [`  failed: ${few < failedArms.length ? `${failedArms.slice(0, few).join(', ')}, …` : failedArms.join(', ')}`]),
  ]
}

/** `41 done · 2 failed · 4 running · 13 waiting` */
export const armWords = (counts: ArmCounts): string =>
  (['done', 'failed', 'running', 'waiting'] as const)
    .flatMap((state) => (counts[state] === 0 ? [] : [`${counts[state]} ${state}`]))
    .join(' · ')

function treeLines({ arms, running }: ProgressView, columns: number): string[] {
  const names = [...new Set(running.map(({ arm }) => arm))]
  return names.flatMap((name) => {
    const stages = running.filter(({ arm }) => arm === name)
    const all = arms.find((arm) => arm.name === name)?.stages ?? []
    if (all.length < 2) return stageLines(stages, { indent: '  ', nameOf: ({ path }) => path, columns })
    const own = all.map(({ stage, state }) => `${marks[state]} ${stage}`)
    return [`  ${name}  ${own.join('  ')}`, ...stageLines(stages, { indent: '    ', nameOf: ({ path }) => stageOf(path), columns })]
  })
}

function flatLines({ running }: ProgressView, room: number, columns: number): string[] {
  const shown = running.length <= room ? running : running.slice(0, room - 1)
  const more = running.length - shown.length
  const lines = stageLines(shown, { indent: '  ', nameOf: ({ path }) => path, columns })
  return [...lines, ...(more === 0 ? [] : [`  … and ${more} more running`])]
}

function totalLine({ counts, total, armsDone, armsTotal, running, seconds, secondsLeft }: ProgressView, columns: number): string {
  const { hit, done, failed, skipped } = counts
  const ended = hit + done + failed + skipped
  const facts = [
    `${ended}/${total} stages`,
    ...(armsTotal > 1 ? [`${armsDone}/${armsTotal} arms`] : []),
    ...(hit > 0 ? [`${hit} hit`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(running.length > 0 ? [`${running.length} running`] : []),
    duration(seconds),
    ...(secondsLeft === null ? [] : [`about ${duration(secondsLeft)} left`]),
  ].join(' · ')
  const whole = `  ${bar(total === 0 ? 0 : ended / total)}  ${facts}`
  return widthOf(whole) <= columns ? whole : `  ${facts}`
}

interface Drawing {
  readonly indent: string
  readonly nameOf: (stage: RunningStage) => string
  readonly columns: number
}

function stageLines(stages: readonly RunningStage[], { indent, nameOf, columns }: Drawing): string[] {
  const names = stages.map(nameOf)
  const width = Math.min(Math.floor((columns + 1) * 0.4), Math.max(0, ...names.map(widthOf)))
  return stages.map((stage, i) => stageLine(stage, `${indent}${padEnd(fromTheEnd(names[i]!, width), width)}`, columns))
}

/** The longest form that fits: the bar is shortened first; then speed, bar, loss, and finally all but the percentage are dropped. */
function stageLine({ progress, by, resumedAt, seconds, secondsLeft }: RunningStage, name: string, columns: number): string {
  if (progress === null) {
    const doing = by !== null ? `in ${by}` : resumedAt === null ? 'starting' : 'continuing'
    return `${name}  ${doing} · ${duration(seconds)}`
  }
  const { step, steps, epoch, epochs } = progress
  const eta = secondsLeft === null ? [] : [`ETA ${duration(secondsLeft)}`]
  const when = `epoch ${epoch}/${epochs}`
  const { stepsPerSecond: _speed, ...quality } = progress
  const { loss: _loss, ...score } = quality
  const share = `${Math.floor((100 * step) / Math.max(1, steps))} %`
  const candidates = [
    [bar(step / steps), when, measures(progress), ...eta],
    [bar(step / steps, 8), when, measures(progress), ...eta],
    [bar(step / steps, 8), when, measures(quality), ...eta],
    [share, when, measures(quality), ...eta],
    [share, when, measures(score), ...eta],
    [share, ...eta],
    [share],
  ].map((parts) => parts.filter((part) => part !== ''))
  const texts = candidates.map((parts) => [name, ...parts].join('  '))
  return texts.find((text) => widthOf(text) <= columns) ?? texts.at(-1)!
}

export function bar(fraction: number, width = 20): string {
  const full = Math.floor(Math.min(1, Math.max(0, fraction)) * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}
