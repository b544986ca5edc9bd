/** A mistake in a pipeline, told in one shape everywhere: what is wrong, the facts, what to do. */

export type Fact = readonly [label: string, value: string]

/** Facts as they are written down: by their labels, those that are undefined left out. A list, where a label comes twice. */
export type Facts = { readonly [label: string]: string | number | undefined } | readonly Fact[]

export const factsIn = (facts: Facts): readonly Fact[] =>
  Array.isArray(facts) ? facts : Object.entries(facts).flatMap(([label, value]) => (value === undefined ? [] : [[label, String(value)]]))

/** What an error says: a title, facts and a hint. */
export interface ProblemText {
  /** One sentence: what is wrong. */
  readonly title: string
  /** Labels with values: the verb, the value, what is allowed, the place in the file. */
  readonly facts: readonly Fact[]
  /** One thing the reader can do about it. */
  readonly hint: string
}

/** Thrown by the language when a value is outside its range or an order makes no sense. */
export class PipelineProblem extends Error implements ProblemText {
  override readonly name = 'PipelineProblem'
  readonly title: string
  readonly facts: readonly Fact[]
  readonly hint: string

  constructor({ title, facts: given, hint }: Omit<ProblemText, 'facts'> & { readonly facts: Facts }) {
    const facts = factsIn(given)
    super([title, ...facts.map(([label, value]) => `  ${label}: ${value}`), hint].join('\n'))
    this.title = title
    this.facts = facts
    this.hint = hint
  }
}
