/** Data of the user's own in a store: kept when the thread that loads pipeline files has made them, read by workers. */
import { readFile } from 'node:fs/promises'
import type { FunctionRef, Spec } from '../../dsl/graph/stage-options.ts'
import { type Dataset, decodeDataset } from '../../stdlib/data/dataset.ts'
import { digestOf } from '../store/address.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { Layout } from '../store/folder/layout.ts'
import type { DataFacts } from './facts.ts'
import type { MadeData } from './own-data-files.ts'
import { type OwnDataRecord, ownDataFile, ownDataRecord } from './own-data-files.ts'
import { dataProblems } from './problems.ts'

/** The record last: it must never speak of a file that is not there. */
export async function keepOwnData(layout: Layout, made: MadeData): Promise<void> {
  const { fingerprint, bytes, classes, input, trainExamples, reads } = made
  const facts = { digest: digestOf(bytes), classes, input, trainExamples }
  const record: OwnDataRecord = { facts, bytes: bytes.byteLength, reads }
  await writeDurably(ownDataFile(layout.data, fingerprint, 'bin'), bytes, layout.tmp)
  await writeDurably(ownDataFile(layout.data, fingerprint, 'json'), Buffer.from(JSON.stringify(record, null, 2)), layout.tmp)
}

/** Of data that were kept when the pipeline file was loaded. @throws DataProblem when they are gone */
export function ownDataFacts({ data }: Layout, spec: Spec): DataFacts {
  const { name, fingerprint } = functionOf(spec)
  const record = ownDataRecord(data, fingerprint)
  if (record === undefined) throw dataProblems.ownGone(name)
  return record.facts
}

/** @throws DataProblem when they are gone or damaged */
export async function loadOwnData(layout: Layout, spec: Spec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
  const { name, fingerprint } = functionOf(spec)
  const facts = ownDataFacts(layout, spec)
  const content = await readFile(ownDataFile(layout.data, fingerprint, 'bin'))
  if (digestOf(content) !== facts.digest) throw dataProblems.ownGone(name)
  return { dataset: decodeDataset(content), facts }
}

const functionOf = ({ options }: Spec): FunctionRef => options.fn as unknown as FunctionRef // what data() wrote
