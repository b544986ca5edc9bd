/** One declaration for one option: what a key can hold, the wire refuses when it is not declared, at any depth. */

import * as Schema from 'effect/Schema'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { Form, Of } from '../../dsl/check/form.ts'
import type { Stage } from '../../dsl/graph/stage.ts'
import { kinds, type OptionsOf, type StageKind } from '../../dsl/graph/stage-options.ts'
import type criteria from '../../dsl/parts/criteria.ts'
import type { Criterion, CriterionChoice } from '../../dsl/parts/criteria.ts'
import type distillers from '../../dsl/parts/distill.ts'
import type { KdOptions, LatentBEOptions, SharedKdOptions, SimKdOptions } from '../../dsl/parts/distill.ts'
import { optimizers } from '../../dsl/parts/optimizer.ts'
import type { ScheduleSpec } from '../../dsl/parts/schedule.ts'
import { scheduleSpec } from '../../dsl/parts/schedule.ts'
import { Work, type WorkOf } from '../../runtime/kinds/work.ts'
import { manifestOf } from '../../runtime/plan/manifest.ts'

const address = `sha256:${'a'.repeat(64)}`

/** Values that a form allows: each of its members, each kind of a union, at any depth, is in one of them. */
const samples = (form: Form<unknown>, depth = 0): readonly unknown[] => {
  if (depth > 8) return []
  if (form === scheduleSpec && depth > 3) return [{ kind: 'constant', lr: 0.1 }]
  const known = form as Form<unknown> & {
    readonly fields?: { readonly [name: string]: Form<unknown> }
    readonly kinds?: { readonly [kind: string]: { readonly [name: string]: Form<unknown> } }
    readonly forms?: readonly Form<unknown>[]
    readonly item?: Form<unknown>
    readonly names?: true
    readonly again?: () => Form<unknown>
  }
  if (known.fields !== undefined) return records(known.fields, depth)
  if (known.kinds !== undefined)
    return Object.entries(known.kinds).flatMap(([kind, fields]) => records(fields, depth).map((one) => ({ kind, ...one })))
  if (known.forms !== undefined) return known.forms.flatMap((one) => samples(one, depth + 1))
  if (known.item !== undefined) return samples(known.item, depth + 1).map((one) => (known.names ? { name: one } : [one]))
  if (known.again !== undefined) return samples(known.again(), depth + 1)
  const plain = [0.5, 1, 2, 'no such word', true, { any: 1 }, ...[...form.says.matchAll(/'(\w+)'/g)].map(([, word]) => word)]
  const fitting = plain.find((value) => form.misfit(value, '') === undefined)
  return fitting === undefined ? [] : [fitting]
}

/** As many objects as the member with the most samples has; the others repeat their last. */
const records = (fields: { readonly [name: string]: Form<unknown> }, depth: number): readonly { readonly [name: string]: unknown }[] => {
  const all = Object.entries(fields).map(([name, form]) => [name, samples(form, depth + 1)] as const)
  const most = Math.max(1, ...all.map(([, values]) => values.length))
  return Array.from({ length: most }, (_, i) => Object.fromEntries(all.map(([name, values]) => [name, values[i] ?? values.at(-1)])))
}

/** The value with a member more in each of its objects, one at a time, but in what is the user's own data. */
const withMember = (value: unknown, path = ''): readonly (readonly [path: string, value: unknown])[] => {
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((item, i) => withMember(item, `${path}[${i}]`).map(([at, changed]) => [at, value.with(i, changed)] as const))
  const inside = Object.entries(value).flatMap(([name, item]) =>
    name === 'options' && 'name' in value
      ? []
      : withMember(item, `${path}.${name}`).map(([at, changed]) => [at, { ...value, [name]: changed }] as const),
  )
  return [[path, { ...value, stowaway: 1 }] as const, ...inside]
}

const decode = Schema.decodeUnknownExit(Work)
const inputsOf = (kind: StageKind) => Object.fromEntries(Object.keys(kinds[kind].roles).map((role) => [role, address]))
const keyed = (kind: StageKind, options: unknown) => {
  const stage = { id: 's', path: 's', verb: kind, kind, options, inputs: inputsOf(kind) } as unknown as Stage
  return () => manifestOf(stage, inputsOf(kind), address as never)
}

describe('an option that is in the key but not in the computation is impossible', () => {
  test.each(Object.keys(kinds) as StageKind[])('%s: a member more, at any depth, enters no key and no worker', (kind) => {
    const options = samples(kinds[kind].options)
    expect(options.length).toBeGreaterThan(0)
    const tried = new Set<string>()
    for (const one of options) {
      expect(decode({ kind, options: one, inputs: inputsOf(kind) })._tag, JSON.stringify(one)).toBe('Success')
      expect(keyed(kind, one), JSON.stringify(one)).not.toThrow()
      for (const [path, changed] of withMember(one)) {
        // Sparsities, and times, by layer take any name.
        if (/\.(sparsity|milliseconds)$/.test(path)) continue
        tried.add(path)
        expect(decode({ kind, options: changed, inputs: inputsOf(kind) })._tag, `${path} of ${JSON.stringify(one)}`).toBe('Failure')
        expect(keyed(kind, changed), path).toThrow('is not as it is declared')
      }
    }
    expect(tried.has('')).toBe(true)
    if (kind === 'train')
      expect([...tried]).toEqual(
        expect.arrayContaining(['.data', '.optimizer', '.optimizer.lr', '.pruning.options.criterion', '.augment[0]', '.pruning.every']),
      )
    if (kind === 'distill') expect([...tried]).toEqual(expect.arrayContaining(['.method', '.method.perturbation', '.method.fn']))
  })

  test('wrong types, values out of range and missing members do not cross either', () => {
    const [prune] = samples(kinds.prune.options) as [OptionsOf<'prune'>]
    const { of: _, ...without } = prune
    for (const options of [{ ...prune, sparsity: 1 }, { ...prune, exclude: 'fc1' }, { ...prune, minimum: -1 }, without, null])
      expect(decode({ kind: 'prune', options, inputs: { model: address } })._tag, JSON.stringify(options)).toBe('Failure')
    for (const inputs of [{}, { model: address, model2: address }, { model: 'sha256:' }, { model: address, to: address }])
      expect(decode({ kind: 'prune', options: prune, inputs })._tag, JSON.stringify(inputs)).toBe('Failure')
    const evaluate = { data: { name: 'd', options: {} }, splits: ['test'] }
    expect(decode({ kind: 'evaluate', options: evaluate, inputs: { model: address, model2: address, teacher: address } })._tag).toBe(
      'Success',
    )
  })

  test('a default is a value of its option', () => {
    const wrong: string[] = []
    const look = (form: object, path: string) => {
      const { standard, misfit } = form as Form<unknown>
      if (standard !== undefined && misfit(standard, path) !== undefined) wrong.push(path)
      const { fields, kinds: each } = form as { readonly fields?: object; readonly kinds?: object }
      for (const [name, part] of Object.entries(fields ?? {})) look(part, `${path}.${name}`)
      for (const [kind, parts] of Object.entries(each ?? {}))
        for (const [name, part] of Object.entries(parts as object)) look(part as object, `${path}.${kind}.${name}`)
    }
    for (const [kind, { options }] of Object.entries(kinds)) look(options, kind)
    expect(wrong).toEqual([])
  })
})

test('types that are written by hand are those that are declared, both ways', () => {
  expectTypeOf<Of<(typeof optimizers.kinds.sgd)['lr']>>().toEqualTypeOf<ScheduleSpec>()
  expectTypeOf<Required<SharedKdOptions>>().toEqualTypeOf<{ readonly temperature: number; readonly alpha: number }>()
  expectTypeOf<keyof KdOptions>().toEqualTypeOf<keyof typeof distillers.kd.options>()
  expectTypeOf<keyof SimKdOptions>().toEqualTypeOf<keyof typeof distillers.simkd.options>()
  expectTypeOf<Required<Exclude<LatentBEOptions, { perturbation: 'none' }>>['perturbation'] | 'none'>().toEqualTypeOf<
    Of<typeof distillers.latentBE.options.perturbation>['kind']
  >()
  expectTypeOf<Criterion['kind']>().toEqualTypeOf<keyof typeof criteria>()
  expectTypeOf<CriterionChoice['kind']>().toEqualTypeOf<Criterion['kind']>()
  expectTypeOf<WorkOf<'train'>['options']>().toEqualTypeOf<Extract<Stage, { kind: 'train' }>['options']>()
  expect(Object.keys(optimizers.kinds)).toEqual(['sgd', 'adam', 'adamw'])
})
