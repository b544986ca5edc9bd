/** A mistake in a pipeline, always reported in the same form: what is wrong, the facts, what to do. */

export type Fact = readonly [label: string, value: string]

/** Facts by label, without undefined ones. A list if a label occurs twice. */
export type Facts = { readonly [label: string]: string | number | undefined } | readonly Fact[]

export const factsIn = (facts: Facts): readonly Fact[] =>
  Array.isArray(facts) ? facts : Object.entries(facts).flatMap(([label, value]) => (value === undefined ? [] : [[label, String(value)]]))

/** The text of an error: a title, facts and a hint. */
export interface ProblemText {
  /** One sentence: what is wrong. */
  readonly title: string
  /** Labels with values: the verb, the value, the allowed range, the place in the file. */
  readonly facts: readonly Fact[]
  /** One suggestion for how to fix it. */
  readonly hint: string
}

/** Thrown when a value is outside its range or the order of verbs is invalid. */
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
