/**
 * What our own stages compute, as one hash a file: when one changes, the kinds that compute with it need a higher revision in
 * `runtime/kinds/revisions.ts`, or somebody has to say that the results are the same to the bit.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { StageKind } from '../../dsl/graph/stage.ts'
import { sources } from '../../runtime/fingerprint/analysis.ts'
import type { Unit } from '../../runtime/fingerprint/unit.ts'
import { revisions } from '../../runtime/kinds/revisions.ts'

const root = join(import.meta.dirname, '../..')
export const recordFile = join(import.meta.dirname, 'recorded.json')

export interface Implementations {
  readonly revisions: { readonly [kind: string]: number }
  /** Of a file's code without comments, layout, types and local names. */
  readonly files: { readonly [file: string]: string }
}

const every = Object.keys(revisions) as StageKind[]
const trains: readonly StageKind[] = ['train', 'distill']

/** Which kinds compute with a file; the first that fits. A coarse answer asks too much rather than too little. */
const users: readonly (readonly [file: RegExp, kinds: readonly StageKind[]])[] = [
  [/^stdlib\/(index|network-registry|.*\/registry)\.ts$/, []], // names of what is elsewhere
  [/^stdlib\/(data|methods)\//, []], // data count by their content; methods are pipelines
  [/^stdlib\/metrics\//, ['evaluate']],
  [/^stdlib\/training\/evaluator\.ts$/, ['evaluate', ...trains]],
  [/^stdlib\/(training|optim)\//, ['prune', ...trains]],
  [/^stdlib\/prune\/shrink\.ts$/, ['shrink']],
  [/^stdlib\/prune\//, ['prune', 'shrink', ...trains]],
  [/^stdlib\/distill\/merge\.ts$/, ['merge']],
  [/^stdlib\/distill\//, ['distill']],
  [/^stdlib\/custom-stage\.ts$/, ['custom']],
  [/^stdlib\//, every],
  [/^runtime\/kinds\/init\.ts$/, ['init']],
  [/^runtime\/kinds\/prune\.ts$/, ['prune', 'shrink']],
  [/^runtime\/kinds\/train\.ts$/, trains],
  [/^runtime\/kinds\/merge\.ts$/, ['merge']],
  [/^runtime\/kinds\/evaluate\.ts$/, ['evaluate']],
  [/^runtime\/kinds\/custom\.ts$/, ['custom']],
  [/^runtime\/kinds\/export\.ts$/, ['export']],
  [/^runtime\/kinds\/surgery\.ts$/, ['rewind', 'reinit', 'interpolate', 'dense']],
  [/^runtime\/kinds\//, every],
  [/^runtime\/training\//, trains],
]

export function kindsOf(file: string): readonly StageKind[] {
  return users.find(([pattern]) => pattern.test(file))?.[1] ?? []
}

export function implementations(): Implementations {
  const found = ['stdlib', 'runtime/kinds', 'runtime/training', 'runtime/worker'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  )
  const files = found.filter((file) => file.endsWith('.ts') && kindsOf(file).length > 0).sort()
  const sourceOf = sources(join(tmpdir(), 'espalier-implementations'), (path) => relative(root, path))
  return { revisions, files: Object.fromEntries(files.map((file) => [file, meaningOf(file)])) }

  function meaningOf(file: string): string {
    const { literals, declarations, exports, imports } = sourceOf(join(root, file)).analysis
    const unit = ({ code, free }: Unit) => [code, free.map(({ name, member }) => [name, member ?? null])]
    const parts = [
      literals.map(unit),
      Object.entries(declarations).map(([name, one]) => [name, one.unit === undefined ? null : unit(one.unit), one.constant ?? null]),
      Object.entries(exports).sort(),
      Object.entries(imports).sort(),
    ]
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
  }
}

export function recorded(): Implementations {
  return JSON.parse(readFileSync(recordFile, 'utf8')) as Implementations
}

/** Files that mean something else than recorded, while no kind that computes with them has a higher revision. */
export function unguarded(
  before: Implementations,
  now: Implementations,
): { readonly file: string; readonly kinds: readonly StageKind[] }[] {
  const raised = (kind: StageKind): boolean => (now.revisions[kind] ?? 0) > (before.revisions[kind] ?? 0)
  return Object.entries(now.files)
    .filter(([file, meaning]) => before.files[file] !== undefined && before.files[file] !== meaning)
    .map(([file]) => ({ file, kinds: kindsOf(file) }))
    .filter(({ kinds }) => !kinds.some(raised))
}
