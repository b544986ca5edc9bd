import { dictionary, json, type Of, struct, text } from '../check/form.ts'

/** A built-in part from the standard library's registry, with its options. */
export const spec = struct({ name: text, options: dictionary(json) })
export type Spec = Of<typeof spec>
