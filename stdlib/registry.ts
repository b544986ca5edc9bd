/**
 * Registries: the implementation of each kind of criterion, optimizer, network, …, by the name in its description. Registries are written
 * with `satisfies Entries<…>`, so that a kind without an entry does not compile.
 */
import { PipelineProblem } from '../dsl/check/problem.ts'

/**
 * Creates something from a description. A method, so that an entry of one kind is assignable to the table; it receives only descriptions of
 * its kind.
 */
export type Make<S, R, More extends readonly unknown[] = []> = { make(spec: S, ...more: More): R }['make']

/** One entry for each kind of a union of descriptions. */
export type Makers<S extends { readonly kind: string }, R, More extends readonly unknown[] = []> = {
  readonly [K in S['kind']]: Make<Extract<S, { kind: K }>, R, More>
}

export interface Registry<E> {
  readonly [kind: string]: E
}

/** @param what the kind describes, for the error message @throws PipelineProblem for a kind without an entry */
export function entryOf<E>(what: string, registry: Registry<E>, kind: string): E {
  if (Object.hasOwn(registry, kind)) return registry[kind]!
  throw new PipelineProblem({
    title: `There is no ${what} called ${JSON.stringify(kind)}.`,
    facts: { known: Object.keys(registry).toSorted().join(', ') },
    hint: 'Use one of the known ones.',
  })
}
