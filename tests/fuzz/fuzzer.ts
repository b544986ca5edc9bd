/** A kind of hostile input, and what may become of it. */
import type fc from 'fast-check'

export interface Fuzzer<Input = unknown> {
  readonly name: string
  readonly input: fc.Arbitrary<Input>
  /**
   * Tries one input.
   * @param folder an empty one, removed afterwards
   * @returns the sentence it was refused with; nothing where it was taken
   * @throws anything that is not a sentence: that is a crash
   */
  run(input: Input, folder: string): Promise<string | undefined>
}

/** What an error tells its reader. @throws the error itself when it is not one of those that are meant for readers */
export function sentenceOf(cause: unknown): string {
  if (!(cause instanceof Error && 'title' in cause && 'hint' in cause)) throw cause
  const { title, facts, hint } = cause as unknown as {
    readonly title: string
    readonly facts: readonly (readonly string[])[]
    readonly hint: string
  }
  // Lines of the user's are the user's.
  const text = [title, ...facts.filter(([label]) => label !== 'code').flat(), hint].join(' ')
  const wrong = /\n\s+at |itself failed|undefined|\[object |Maximum call stack/.exec(text)
  if (wrong !== null || title === '' || hint === '') throw new Error(`no sentence for a reader: ${text}`)
  return title
}
