/**
 * What our own stages compute, as one hash a file: when one changes, every kind that reaches it needs a higher revision in
 * `runtime/kinds/kinds.ts`, or somebody has to say that its results are the same to the bit.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import type { StageKind } from '../../dsl/graph/stage.ts'
import { stageKinds } from '../../runtime/kinds/kinds.ts'
import { reached } from './reach.ts'

const root = join(import.meta.dirname, '../..')
export const recordFile = join(import.meta.dirname, 'recorded.json')

export interface Implementations {
  readonly revisions: { readonly [kind: string]: number }
  /** Of a file's code without comments, layout, types and local names. */
  readonly files: { readonly [file: string]: string }
}

export function implementations(): Implementations {
  const users = reached()
  const revisions = Object.fromEntries(Object.entries(stageKinds).map(([kind, { revision }]) => [kind, revision]))
  return { revisions, files: Object.fromEntries([...users.keys()].sort().map((file) => [file, meaningOf(file)])) }
}

function meaningOf(file: string): string {
  const { code } = transformSync(readFileSync(join(root, file), 'utf8'), { loader: 'ts', format: 'esm', minify: true })
  return createHash('sha256').update(code).digest('hex').slice(0, 16)
}

export function recorded(): Implementations {
  return JSON.parse(readFileSync(recordFile, 'utf8')) as Implementations
}

/** Files that mean something else than recorded, with the kinds that compute with them and have no higher revision. */
export function unguarded(
  before: Implementations,
  now: Implementations,
  users = reached(),
): { readonly file: string; readonly kinds: readonly StageKind[] }[] {
  const raised = (kind: StageKind): boolean => (now.revisions[kind] ?? 0) > (before.revisions[kind] ?? 0)
  return Object.entries(now.files)
    .filter(([file, meaning]) => before.files[file] !== undefined && before.files[file] !== meaning)
    .map(([file]) => ({ file, kinds: (users.get(file) ?? []).filter((kind) => !raised(kind)) }))
    .filter(({ kinds }) => kinds.length > 0)
}
