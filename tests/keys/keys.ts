/**
 * The keys of every stage of every example and study at every scale, without running any: an input counts by its producer's key instead of by
 * the content that the producer would make, and a data set by its description.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonical } from '../../dsl/check/canonical.ts'
import { withoutNames } from '../../dsl/check/function-reference.ts'
import type { Graph, Stage, StageRef } from '../../dsl/graph/stage.ts'
import { dataOf } from '../../runtime/kinds/kinds.ts'
import { identityOf } from '../../runtime/plan/manifest.ts'
import { loadPipelines } from '../../runtime/project/load/loader.ts'
import { digestOf } from '../../runtime/store/address.ts'

const root = join(import.meta.dirname, '../..')
export const recordFile = join(import.meta.dirname, 'recorded.json')

/** First 12 hex digits of the keys by path, by file and parameters. */
export interface RecordedKeys {
  readonly [pipeline: string]: { readonly [path: string]: string }
}

const scales = { examples: ['scale=demo', 'scale=paper', 'scale=minimal'], studies: ['quick=false', 'quick=true'] }

/** Every file with each value of its parameter. */
export const pipelines: readonly (readonly [file: string, set: string])[] = [
  ...globSync('examples/*.pipeline.ts', { cwd: root })
    .sort()
    // DSD has a scale that is named after its data: no paper has it.
    .flatMap((file) => scales.examples.map((set) => [file, file.includes('/dsd.') ? set.replace('paper', 'cifar') : set] as const))
    // No paper has it.
    .filter(([file, set]) => !(file.endsWith('/hybrid.pipeline.ts') && set === 'scale=paper')),
  ...globSync('results/studies/*.pipeline.ts', { cwd: root })
    .sort()
    .flatMap((file) => scales.studies.map((set) => [file, set] as const)),
]

export async function keysOf(file: string, set: string): Promise<{ readonly [path: string]: string }> {
  const [name, value] = set.split('=') as [string, string]
  const target = { file: join(root, file), target: undefined }
  const { graph } = await loadPipelines(target, { seconds: 60 }, new Map([[name, value]]))
  return Object.fromEntries(symbolicKeys(graph).map(({ stage, key }) => [stage.path, key.slice(0, 12)]))
}

function symbolicKeys({ stages }: Graph): { readonly stage: Stage; readonly key: string }[] {
  const keys = new Map<string, string>()
  return stages.map((stage) => {
    const inputs = Object.fromEntries(
      Object.entries<StageRef>(stage.inputs).map(([role, { stage: id, ...at }]) => [
        role,
        digestOf(Buffer.from(canonical([keys.get(id)!, at]))),
      ]),
    )
    const data = dataOf(stage)
    const content = data === undefined ? undefined : digestOf(Buffer.from(canonical([data.name, withoutNames(data.options)])))
    const { key } = identityOf(stage, inputs, content)
    keys.set(stage.id, key)
    return { stage, key }
  })
}

export function recorded(): RecordedKeys {
  return JSON.parse(readFileSync(recordFile, 'utf8')) as RecordedKeys
}
