/** Data of the user's own in a store: kept when the thread that loads pipeline files has made them, read by workers. */

import { readFile } from 'node:fs/promises'
import type { FunctionRef } from '../../dsl/check/function-reference.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { type Dataset, decodeDataset } from '../../stdlib/data/dataset.ts'
import { digestOf } from '../store/address.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { DataFolder } from '../store/location.ts'
import type { DataFacts } from './facts.ts'
import { type MadeData, type OwnDataRecord, ownDataFile, ownDataRecord } from './own-data-files.ts'
import { dataProblems } from './problems.ts'

/** The record last: it must never speak of a file that is not there. */
export async function keepOwnData(folder: DataFolder, made: MadeData): Promise<void> {
  const { fingerprint, bytes, classes, input, trainExamples, reads } = made
  const facts = { digest: digestOf(bytes), classes, input, trainExamples }
  const record: OwnDataRecord = { facts, bytes: bytes.byteLength, reads }
  await writeDurably(ownDataFile(folder.data, fingerprint, 'bin'), bytes, folder.tmp)
  await writeDurably(ownDataFile(folder.data, fingerprint, 'json'), Buffer.from(JSON.stringify(record, null, 2)), folder.tmp)
}

/** Of data that were kept when the pipeline file was loaded. @throws DataProblem when they are gone */
export function ownDataFacts({ data }: DataFolder, spec: Spec): DataFacts {
  const { name, fingerprint } = functionOf(spec)
  const record = ownDataRecord(data, fingerprint)
  if (record === undefined) throw dataProblems.ownGone(name)
  return record.facts
}

/** @throws DataProblem when they are gone or damaged */
export async function loadOwnData(folder: DataFolder, spec: Spec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
  const { name, fingerprint } = functionOf(spec)
  const facts = ownDataFacts(folder, spec)
  const content = await readFile(ownDataFile(folder.data, fingerprint, 'bin'))
  if (digestOf(content) !== facts.digest) throw dataProblems.ownGone(name)
  return { dataset: decodeDataset(content), facts }
}

const functionOf = ({ options }: Spec): FunctionRef => options.fn as unknown as FunctionRef // what data() wrote
