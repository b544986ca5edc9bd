/**
 * TensorBoard event files: one folder per arm and seed, with one growing file. A later run of the same computation appends
 * missing events to the file. A run of another computation replaces it, so that no curve has two histories.
 */
import { appendFile, mkdir, readdir, rm, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { readPlain } from '../../plain-file.ts'
import type { ArmNow, PointsAfter, TrackedArm, TrackedPoint, Tracker } from '../tracking/tracker.ts'
import { parametersEvent, scalarEvent, tagsIn, versionEvent } from './events.ts'
import { record, recordsIn } from './records.ts'

/** TensorBoard treats any file with this text in its name as an event file. The rest of the name identifies the computation. */
const ours = /^events\.out\.tfevents\.\d+\.espalier-([0-9a-f]{16})$/

interface EventFile {
  readonly path: string
  bytes: number
  /** Last step, by tag. */
  readonly last: Map<string, number>
}

export function tensorboard(folder: string, arms: readonly TrackedArm[]): Tracker {
  const folders = foldersOf(arms)
  const files = new Map<TrackedArm, EventFile>()
  return {
    name: `TensorBoard's folder ${folder}`,
    async update(now, points) {
      const { arm } = now
      const known = files.get(arm)
      // Reopen the file if another run has written to it.
      const file =
        known !== undefined && (await sizeOf(known.path)) === known.bytes ? known : await opened(join(folder, folders.get(arm)!), now)
      files.set(arm, file)
      try {
        await write(file, await newPoints(now, points, file.last))
      } catch (cause) {
        // The file may now end with a partial record, which is removed when it is reopened.
        files.delete(arm)
        throw cause
      }
    },
  }
}

async function newPoints(now: ArmNow, points: PointsAfter, last: ReadonlyMap<string, number>): Promise<readonly TrackedPoint[]> {
  const curves = await points((tag) => last.get(tag))
  const time = now.ended ?? Date.now()
  const results = Object.entries(now.metrics).filter(([tag]) => !last.has(tag))
  return [...curves, ...results.map(([tag, value]) => ({ tag, step: 0, value, time }))]
}

async function write(file: EventFile, points: readonly TrackedPoint[]): Promise<void> {
  if (points.length === 0) return
  const content = Buffer.concat(points.map(({ time, ...point }) => record(scalarEvent({ wallTime: time / 1000, ...point }))))
  await appendFile(file.path, content)
  file.bytes += content.byteLength
  for (const { tag, step } of points) file.last.set(tag, step)
}

/** The existing file of this computation, or a new one that replaces the file of another. */
async function opened(folder: string, { arm: { origin, labels }, began }: ArmNow): Promise<EventFile> {
  await mkdir(folder, { recursive: true })
  const there = (await readdir(folder)).filter((name) => ours.test(name)).sort()
  const mine = there.filter((name) => ours.exec(name)![1] === origin.slice(0, 16))[0]
  for (const name of there) if (name !== mine) await rm(join(folder, name), { force: true })
  const begun = mine === undefined ? undefined : await readBack(join(folder, mine))
  if (begun !== undefined) return begun
  const path = join(
    folder,
    mine ?? `events.out.tfevents.${String(Math.floor(began / 1000)).padStart(10, '0')}.espalier-${origin.slice(0, 16)}`,
  )
  const parameters = new Map(
    labels.map(({ axis, value }) => [axis, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value]),
  )
  const content = Buffer.concat([
    record(versionEvent(began / 1000)),
    ...(parameters.size === 0 ? [] : [record(parametersEvent(began / 1000, parameters))]),
  ])
  await appendFile(path, content)
  return { path, bytes: content.byteLength, last: new Map() }
}

/** Truncates a partial record at the end. Undefined if no record is usable. */
async function readBack(path: string): Promise<EventFile | undefined> {
  const bytes = await readPlain(path)
  const { contents, end } = recordsIn(bytes)
  if (end < bytes.byteLength) await truncate(path, end)
  if (end === 0) return undefined
  const last = new Map<string, number>()
  for (const { step, tags } of contents.map(tagsIn)) for (const tag of tags) last.set(tag, step)
  return { path, bytes: end, last }
}

const sizeOf = async (file: string): Promise<number | undefined> => (await stat(file).catch(() => undefined))?.size

/** Subfolder of an arm: its path, without characters that are special for file systems or TensorBoard. */
function foldersOf(arms: readonly TrackedArm[]): ReadonlyMap<TrackedArm, string> {
  const plain = ({ path }: TrackedArm): string =>
    path
      .split('/')
      .map((part) => part.replace(/[^\p{L}\p{N}_\-.=,+ ]/gu, '_').slice(0, 100))
      .map((part) => (/^\.*$/.test(part) ? '_' : part))
      .join('/')
  const taken = Map.groupBy(arms, (arm) => plain(arm).toLowerCase())
  return new Map(
    arms.map((arm) => [arm, taken.get(plain(arm).toLowerCase())!.length === 1 ? plain(arm) : `${plain(arm)}-${arm.origin.slice(0, 8)}`]),
  )
}
