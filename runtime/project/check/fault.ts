/** One type error in the words of the language: the sentence that a type carries, without the compiler's wrapping. */
import { why } from '../../../dsl/check/why.ts'

export interface Fault {
  /** `file:line:column`, counted from 1: the verb where an order is wrong. */
  readonly at: string
  /** The language's sentence, or else what the compiler says. */
  readonly title: string
  /** What to do; empty when only the compiler speaks. */
  readonly hint: string
}

/** `message` is the compiler's, all its lines. */
export function faultOf(at: string, message: string): Fault {
  const [, quoted] = /\b(?:Because|Illegal)<"((?:[^"\\]|\\.)*)">/.exec(message) ?? []
  if (quoted === undefined) return { at, title: message, hint: '' }
  const sentence = JSON.parse(`"${quoted}"`) as string // as the compiler prints a literal
  const known = Object.values(why).find(({ title, hint }) => sentence === `${title} ${hint}`)
  return known === undefined ? { at, ...split(sentence) } : { at, title: known.title, hint: known.hint }
}

/** A sentence that is made up for the case, like that of a snapshot, ends its title at the first full stop. */
function split(sentence: string): Pick<Fault, 'title' | 'hint'> {
  const [, title = sentence, hint = ''] = /^(.+?[.!?])\s+(.+)$/s.exec(sentence) ?? []
  return { title, hint }
}
