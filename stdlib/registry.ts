/**
 * Registries: what each kind of criterion, optimizer, network, … computes, found by the name in its description. Registries are written
 * with `satisfies Entries<…>`, so that a kind without an entry does not compile.
 */
import { PipelineProblem } from '../dsl/check/problem.ts'

/** Makes something of a description. As a method: an entry of one kind stands for all, and is given descriptions of its kind alone. */
export type Make<S, R, More extends readonly unknown[] = []> = { make(spec: S, ...more: More): R }['make']

/** An entry for each kind of a union of descriptions. */
export type Makers<S extends { readonly kind: string }, R, More extends readonly unknown[] = []> = {
  readonly [K in S['kind']]: Make<Extract<S, { kind: K }>, R, More>
}

export interface Registry<E> {
  readonly [kind: string]: E
}

/** @param what its kind stands for, in the error's words @throws PipelineProblem for a kind that has no entry */
export function entryOf<E>(what: string, registry: Registry<E>, kind: string): E {
  if (Object.hasOwn(registry, kind)) return registry[kind]!
  throw new PipelineProblem({
    title: `There is no ${what} called ${JSON.stringify(kind)}.`,
    facts: { known: Object.keys(registry).toSorted().join(', ') },
    hint: 'Use one of the known ones.',
  })
}
