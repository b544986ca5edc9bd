/** One type error: the message that a type of the language carries, without the compiler's wrapping. */
import { why } from '../../../dsl/check/why.ts'

export interface Fault {
  /** `file:line:column`, from 1: the verb when the order of verbs is wrong. */
  readonly at: string
  /** The language's message, or else the compiler's. */
  readonly title: string
  /** What to do; empty for the compiler's own messages. */
  readonly hint: string
}

/** @param message the compiler's, all lines */
export function faultOf(at: string, message: string): Fault {
  const [, quoted] = /\b(?:Because|Illegal)<"((?:[^"\\]|\\.)*)">/.exec(message) ?? []
  if (quoted === undefined) return { at, title: message, hint: '' }
  const sentence = JSON.parse(`"${quoted}"`) as string // as the compiler prints a literal
  const known = Object.values(why).find(({ title, hint }) => sentence === `${title} ${hint}`)
  return known === undefined ? { at, ...split(sentence) } : { at, title: known.title, hint: known.hint }
}

/** A message that is composed for the case, like that of a snapshot: its title ends at the first full stop. */
function split(sentence: string): Pick<Fault, 'title' | 'hint'> {
  const [, title = sentence, hint = ''] = /^(.+?[.!?])\s+(.+)$/s.exec(sentence) ?? []
  return { title, hint }
}
