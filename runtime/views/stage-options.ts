/** A stage's options by dotted name, including omitted ones, and which of them have their default value. */
import type { Json } from '../../dsl/check/canonical.ts'
import { canonical } from '../../dsl/check/canonical.ts'
import type { Fields, Form } from '../../dsl/check/form.ts'
import { kinds } from '../../dsl/graph/stage-options.ts'

export interface ShownOption {
  readonly name: string
  readonly value: Json
  /** Whether it is the default. */
  readonly standard: boolean
}

/** @param manifest of the stage, of any version */
export function stageOptions(kind: string, manifest: Json | undefined): ShownOption[] {
  const { options } = Object(manifest) as { readonly options?: Json }
  const form = Object.hasOwn(kinds, kind) ? kinds[kind as keyof typeof kinds].options : undefined
  return optionsIn(form, options ?? {}, '')
}

type Shape = Form<unknown> & {
  readonly again?: () => Form<unknown>
  readonly fields?: Fields
  readonly kinds?: { readonly [kind: string]: Fields }
  readonly forms?: readonly Form<unknown>[]
}
type Members = { readonly [name: string]: Json }

function optionsIn(form: Form<unknown> | undefined, value: Json, name: string): ShownOption[] {
  const shape = (form ?? {}) as Partial<Shape> // all members are optional
  if (shape.again !== undefined) return optionsIn(shape.again(), value, name)
  if (shape.forms !== undefined)
    return optionsIn(
      shape.forms.find((each) => each.misfit(value, '') === undefined),
      value,
      name,
    )
  const fields = isMembers(value) ? fieldsOf(shape, value) : undefined
  if (fields === undefined || !isMembers(value)) return leaf(shape, value, name)
  const given = Object.entries(value).flatMap(([member, each]) => optionsIn(fields[member], each, join(name, member)))
  const left = Object.entries(fields).flatMap(([member, { standard }]) =>
    standard === undefined || Object.hasOwn(value, member) ? [] : [{ name: join(name, member), value: written(standard), standard: true }],
  )
  return [...given, ...left]
}

function fieldsOf({ fields, kinds: each }: Partial<Shape>, { kind }: Members): Fields | undefined {
  if (fields !== undefined) return fields
  return typeof kind === 'string' && each !== undefined && Object.hasOwn(each, kind) ? each[kind] : undefined
}

function leaf({ standard }: Partial<Shape>, value: Json, name: string): ShownOption[] {
  const usual = standard !== undefined && canonical(written(standard)) === canonical(value)
  const flat = Object.entries(flatOptions({ options: name === '' ? value : { [name]: value } }))
  return flat.map(([path, each]) => ({ name: path, value: each, standard: usual }))
}

const join = (name: string, member: string): string => (name === '' ? member : `${name}.${member}`)
const isMembers = (value: Json): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
/** JSON has no Infinity. */
const written = (standard: unknown): Json =>
  typeof standard === 'number' && !Number.isFinite(standard) ? String(standard) : (standard as Json)

/** A manifest's options by dotted name: `optimizer.lr.lr`. Lists are values. */
export function flatOptions(manifest: Json | undefined): { readonly [name: string]: Json } {
  const flat: { [name: string]: Json } = {}
  const visit = (value: Json, path: readonly string[]) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
      for (const [name, each] of Object.entries(value)) visit(each, [...path, name])
    else if (path.length > 0) flat[path.join('.')] = value
  }
  if (typeof manifest === 'object' && manifest !== null && 'options' in manifest) visit(manifest.options ?? null, [])
  return flat
}
