/** Results of store maintenance as text. */

import { aligned } from '../format/width.ts'

import { bytes, counted, moment, shortDigest } from '../format/words.ts'
import type { Copied } from '../store/maintenance/copy.ts'

import type { StoreStat } from '../store/maintenance/stat.ts'
import type { Verified } from '../store/maintenance/verify.ts'
import type { Repaired } from '../store/open.ts'
import type { GarbageView, PinsView } from '../views/maintenance.ts'

/** Most entries per list; --json prints all. */
const most = 20

export function garbageLines({ results, objects, others, kept, budget, removed }: GarbageView): string[] {
  const freed = [...objects, ...others].reduce((sum, file) => sum + file.bytes, 0)
  const stays = `${bytes(kept.bytes)} in ${counted(kept.objects, 'object')} stay${kept.reached > budget && budget > 0 ? `; pipelines, recent runs and pins alone need ${bytes(kept.reached)}, more than the budget of ${bytes(budget)}` : ''}.`
  if (freed === 0 && results.length === 0) return [`Nothing to remove. ${stays}`]
  const rows = results.slice(0, most).map(({ tick, kind, path, key }) => [`last needed ${moment(tick)}`, kind, key.slice(0, 12), path])
  return [
    ...aligned(rows, ['left', 'left', 'left', 'left']),
    ...(results.length > most ? [`… and ${counted(results.length - most, 'result')} more`] : []),
    ...(results.length > 0 ? [''] : []),
    `${removed ? 'Removed' : 'Would remove'} ${counted(results.length, 'result')} and ${counted(objects.length + others.length, 'file')}: ${bytes(freed)}. ${stays}`,
    ...(removed ? [] : ['Without --dry-run they are removed.']),
  ]
}

export function verifiedLines({ findings, objects, results, checkpoints }: Verified): string[] {
  const read = `${counted(objects, 'object')}, ${counted(results, 'result')}, ${counted(checkpoints, 'checkpoint')}`
  if (findings.length === 0) return [`The store is sound: ${read}.`]
  return [
    ...findingLines(findings),
    '',
    `${counted(findings.length, 'finding')} in ${read}.`,
    'espalier store repair sets damaged files aside; what they belong to is computed again when it is needed.',
  ]
}

export function repairedLines({ index, findings, missing }: Repaired): string[] {
  const rebuilt =
    index === undefined
      ? []
      : [
          `The index was damaged and has been rebuilt: ${counted(index.rows, 'row')} saved from it, ${counted(index.fromLogs, 'result')} from logs of runs.`,
          ...(index.keptAs === undefined ? [] : [`The damaged one is ${index.keptAs}`]),
        ]
  if (findings.length === 0) return [...rebuilt, index === undefined ? 'Nothing to repair: the store is sound.' : 'All else is sound.']
  return [
    ...rebuilt,
    ...findingLines(findings),
    '',
    `Set aside or forgotten: ${counted(findings.length, 'finding')}. ${missing === 0 ? 'Nothing is missing: all of it was restored.' : 'The next run computes what is missing.'}`,
  ]
}

export function copiedLines({ from, to, results, objects, bytes: size, present, damaged }: Copied): string[] {
  const done = results === 0 ? 'Nothing to copy' : `Copied ${counted(results, 'result')} with ${counted(objects, 'object')}, ${bytes(size)}`
  return [
    `${done}; ${counted(present, 'result')} ${present === 1 ? 'was' : 'were'} there.`,
    `From ${from} to ${to}.`,
    ...(damaged.length === 0
      ? []
      : ['', `Damaged in the source store, not copied: ${counted(damaged.length, 'stage')}`, ...damaged.slice(0, most)]),
  ]
}

export function statLines({ store, results, pins, runs, parts }: StoreStat): string[] {
  const rows = Object.entries(parts).map(([part, { count, bytes: size }]) => [part, String(count), bytes(size)])
  const kinds = Object.entries(results).map(([kind, count]) => `${count} ${kind}`)
  return [
    `store    ${store}`,
    `results  ${kinds.length === 0 ? 'none' : kinds.join(' · ')}`,
    `runs     ${runs} · ${counted(pins, 'pin')}`,
    '',
    ...aligned([['', 'files', 'size'], ...rows], ['left', 'right', 'right']),
  ]
}

export function pinLines(pins: PinsView): string[] {
  const [keys, none, done, after] =
    'pinned' in pins
      ? [pins.pinned, 'Pinned already.', 'Pinned', ': gc leaves them.']
      : [pins.unpinned, 'It was not pinned.', 'Unpinned', '.']
  return [keys.length === 0 ? none : `${done} ${keys.length === 1 ? 'a stage' : `${keys.length} stages`}${after}`]
}

function findingLines(findings: Verified['findings']): string[] {
  const rows = findings.slice(0, most).map(({ kind, what, wrong }) => [kind, what.startsWith('sha256:') ? shortDigest(what) : what, wrong])
  return [...aligned(rows, ['left', 'left', 'left']), ...(findings.length > most ? [`… and ${findings.length - most} more`] : [])]
}
