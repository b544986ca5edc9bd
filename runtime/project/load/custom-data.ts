/** Runs the user's data functions in the thread that loaded them, and converts their results. */

import type { Json } from '../../../dsl/check/canonical.ts'
import type { UserPart } from '../../../dsl/check/function-reference.ts'
import { PipelineProblem } from '../../../dsl/check/problem.ts'
import type { Graph } from '../../../dsl/graph/stage.ts'
import type { CustomForm } from '../../../dsl/language/custom-data.ts'
import { customDataset } from '../../../stdlib/data/custom.ts'
import { countOf, encodeDataset } from '../../../stdlib/data/dataset.ts'
import { type CustomDataId, customDataFile, customDataRecord, fileRead, type MadeData, upToDate } from '../../data/custom-data-files.ts'
import type { Change } from '../../fingerprint/fingerprint.ts'
import { fingerprintProblems } from '../../fingerprint/problems.ts'
import type { FunctionRecord } from '../../store/functions.ts'
import type { FilesRead } from './files-read.ts'

export interface DataMaker {
  readonly parts: ReadonlyMap<string, UserPart>
  readonly records: ReadonlyMap<string, FunctionRecord>
  readonly filesRead: FilesRead
  /** The store's folder for data. */
  readonly folder: string
  /** How the meaning of a called function has changed since its fingerprint. */
  readonly changed: (fn: UserPart) => Change | undefined
}

/** Makes the custom data sets of the graph whose current state the store lacks. @throws what they throw, and PipelineProblem */
export async function madeData({ stages }: Graph, maker: DataMaker): Promise<MadeData[]> {
  const made: MadeData[] = []
  for (const id of ownData(stages.map(({ options }) => ({ ...options }) as { readonly [name: string]: Json })).values()) {
    const known = customDataRecord(maker.folder, id)
    if (known !== undefined && upToDate(known)) continue
    made.push(await make(id, maker))
  }
  return made
}

/** All descriptions of custom data in plain data, by the names of their files. */
function ownData(value: Json, found = new Map<string, CustomDataId>()): ReadonlyMap<string, CustomDataId> {
  if (typeof value !== 'object' || value === null) return found
  const { name, options } = value as {
    readonly name?: Json
    readonly options?: {
      readonly fn?: { readonly fingerprint?: string }
      readonly facts?: CustomForm & { readonly layers?: Json }
    }
  }
  const { fn, facts } = options ?? {}
  // A custom model has layers.
  if (name === 'custom' && fn?.fingerprint !== undefined && facts?.classes !== undefined && facts.layers === undefined) {
    const id = { fingerprint: fn.fingerprint, form: facts }
    found.set(customDataFile('', id, 'bin'), id)
  }
  for (const item of Object.values(value)) ownData(item, found)
  return found
}

async function make({ fingerprint, form }: CustomDataId, { parts, records, filesRead, changed }: DataMaker): Promise<MadeData> {
  const part = parts.get(fingerprint)! // compile has met it
  const { result, paths } = await filesRead.during(() => (typeof part === 'function' ? (part as () => unknown)() : part))
  const change = changed(part)
  if (change !== undefined) throw fingerprintProblems.stateChanged(records.get(fingerprint)?.name ?? 'data', change)
  const dataset = checked(() => customDataset(result, form), records.get(fingerprint))
  return {
    fingerprint,
    form,
    bytes: encodeDataset(dataset) as Uint8Array<ArrayBuffer>, // new, and not shared
    input: dataset.input,
    trainExamples: countOf(dataset, 'train'),
    reads: paths === undefined || usesSqlite(records.get(fingerprint)) ? null : paths.map(fileRead),
  }
}

/** SQLite opens its files itself, unseen by `FilesRead`. */
const usesSqlite = (record: FunctionRecord | undefined): boolean =>
  record?.parts.some(({ uses }) => uses.some((use) => 'from' in use && use.from.startsWith('node:sqlite'))) ?? false

function checked<T>(check: () => T, record: FunctionRecord | undefined): T {
  try {
    return check()
  } catch (cause) {
    if (!(cause instanceof PipelineProblem) || record === undefined) throw cause
    const { title, facts, hint } = cause
    const place = record.parts[0]?.place
    throw new PipelineProblem({
      title,
      facts: [...facts, ['function', record.name], ...(place === undefined ? [] : [['written at', place] as const])],
      hint,
    })
  }
}
