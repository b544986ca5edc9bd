import * as Schema from 'effect/Schema'
import { shown } from '../../dsl/check/checks.ts'
import { type Form, variants } from '../../dsl/check/form.ts'
import type { InputsOf, Stage } from '../../dsl/graph/stage.ts'
import { type Count, kinds, type OptionsOf, type StageKind } from '../../dsl/graph/stage-options.ts'

export interface WorkOf<K extends StageKind> {
  readonly kind: K
  readonly options: OptionsOf<K>
  /** Content addresses by role. */
  readonly inputs: InputsOf<K, string>
}

/** The kind, options and inputs of a stage to compute. */
export type Work = { [K in StageKind]: WorkOf<K> }[StageKind]

const address: Form<string> = {
  says: 'sha256: and 64 hex digits',
  misfit: (value, path) =>
    typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value) ? undefined : { path, value, says: address.says },
}

/** `model`; for a role of several inputs also `model2`, `model3`, …. */
function inputsForm(roles: { readonly [role: string]: Count }): Form<object> {
  const says = `inputs ${Object.keys(roles).join(', ') || 'none'}`
  return {
    says,
    misfit(value, path) {
      if (typeof value !== 'object' || value === null) return { path, value, says }
      const missing = Object.keys(roles).find((role) => ['one', 'several'].includes(roles[role]!) && !Object.hasOwn(value, role))
      if (missing !== undefined) return { path: `${path}.${missing}`, value: undefined, says: address.says }
      for (const [name, each] of Object.entries(value)) {
        const [, role = '', number] = /^(.*?)(\d*)$/.exec(name) ?? []
        const count = Object.hasOwn(roles, role) ? roles[role] : undefined
        if (count === undefined || (number !== '' && (count === 'one' || count === 'optional')))
          return { path: `${path}.${name}`, value: each, says }
        const wrong = address.misfit(each, `${path}.${name}`)
        if (wrong !== undefined) return wrong
      }
      return undefined
    },
  }
}

const members = Object.entries(kinds).map(([kind, { options, roles }]) => [kind, { options, inputs: inputsForm(roles) }])
// The table pairs each kind with its options and roles, as the type does.
const workForm = variants(Object.fromEntries(members)) as Form<unknown> as Form<Work>

/** Undeclared fields are errors: they are not dropped. */
const schemaOf = <T>(form: Form<T>): Schema.Codec<T> =>
  Schema.Unknown.check(
    Schema.makeFilter((value) => {
      const wrong = form.misfit(value, '')
      return wrong === undefined ? undefined : `${wrong.path} is ${shown(wrong.value)}; allowed: ${wrong.says}`
    }),
  ) as unknown as Schema.Codec<T> // checked by the form

export const Work = schemaOf(workForm)

/** A stage as work, with its inputs' addresses. */
export function workOf({ kind, options }: Stage, inputs: { readonly [role: string]: string }): Work {
  // A stage pairs its kind with its options as work does; inputs are checked when the message is decoded.
  return { kind, options, inputs } as Work
}
