/** User-defined data in a store: written after the thread that loads pipeline files has produced them, read by workers. */

import { readFile } from 'node:fs/promises'
import type { FunctionRef } from '../../dsl/check/function-reference.ts'
import type { CustomForm } from '../../dsl/language/custom-data.ts'
import type { Spec } from '../../dsl/parts/spec.ts'
import { type Dataset, decodeDataset } from '../../stdlib/data/dataset.ts'
import { digestOf } from '../store/address.ts'
import { writeDurably } from '../store/durable-file.ts'
import type { DataFolder } from '../store/location.ts'
import { type CustomDataId, type CustomDataRecord, customDataFile, customDataRecord, type MadeData } from './custom-data-files.ts'
import type { DataFacts } from './facts.ts'
import { dataProblems } from './problems.ts'

/** Writes the record last, so that it never refers to a missing file. */
export async function keepCustomData(folder: DataFolder, made: MadeData): Promise<void> {
  const { bytes, form, input, trainExamples, reads } = made
  const { classes, predicts } = form
  const facts = { digest: digestOf(bytes), classes, input, trainExamples, ...(predicts === undefined ? {} : { predicts }) }
  const record: CustomDataRecord = { facts, bytes: bytes.byteLength, reads }
  await writeDurably(customDataFile(folder.data, made, 'bin'), bytes, folder.tmp)
  await writeDurably(customDataFile(folder.data, made, 'json'), Buffer.from(JSON.stringify(record, null, 2)), folder.tmp)
}

/** Facts recorded when the pipeline file was loaded. @throws DataProblem when the data are missing */
export function customDataFacts({ data }: DataFolder, spec: Spec): DataFacts {
  const record = customDataRecord(data, customDataId(spec))
  if (record === undefined) throw dataProblems.customGone(functionOf(spec).name)
  return record.facts
}

/** @throws DataProblem when the data are missing or damaged */
export async function loadCustomData(folder: DataFolder, spec: Spec): Promise<{ readonly dataset: Dataset; readonly facts: DataFacts }> {
  const facts = customDataFacts(folder, spec)
  const content = await readFile(customDataFile(folder.data, customDataId(spec), 'bin'))
  if (digestOf(content) !== facts.digest) throw dataProblems.customGone(functionOf(spec).name)
  return { dataset: decodeDataset(content), facts }
}

const functionOf = ({ options }: Spec): FunctionRef => options.fn as unknown as FunctionRef // what data() wrote

export const customDataId = (spec: Spec): CustomDataId => ({
  fingerprint: functionOf(spec).fingerprint,
  form: spec.options.facts as unknown as CustomForm, // what data() wrote
})
