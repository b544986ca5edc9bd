/** Finds the difference between two meanings of a function: which captured value has changed. */
import type { Meaning, Slot } from './meaning.ts'
import type { Change } from './problems.ts'
import { trails } from './reach.ts'
import type { Form } from './value.ts'

/** @param after with trails @param name of the function */
export function changeOf(before: Meaning | string, after: Meaning | string, name: string): Change {
  if (typeof before === 'string' || typeof after === 'string') return { name }
  const seen = new Set<Meaning>()
  return compare(before, after) ?? { name }

  function compare(before: Meaning, after: Meaning): Change | undefined {
    if (seen.has(after)) return undefined
    seen.add(after)
    if (before.code !== after.code) return { name: after.name }
    for (let i = 0; i < Math.max(before.slots.length, after.slots.length); i++) {
      const found = compareSlots(before.slots[i], after.slots[i])
      if (found !== undefined) return found
    }
    return undefined
  }

  function compareSlots(was: Slot | undefined, is: Slot | undefined): Change | undefined {
    if (was === undefined || is === undefined || was.key !== is.key) return { name: (is ?? was)!.name }
    if ('from' in was || 'from' in is) return undefined
    return compareForms(was.form, is.form, is.name)
  }

  function compareForms(was: Form<Meaning>, is: Form<Meaning>, name: string): Change | undefined {
    for (let i = 0; i < Math.max(was.length, is.length); i++) {
      const [a, b] = [was[i], is[i]]
      const path = name + (trails.get(is)?.[i] ?? '')
      if (typeof a === 'string' || typeof b === 'string' || a === undefined || b === undefined) {
        if (a !== b) return { name: path, ...inWords(a, b) }
      } else {
        const found = compare(a, b)
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}

/** Numbers and other short values at the end of a piece. */
function inWords(a: unknown, b: unknown): Pick<Change, 'before' | 'after'> {
  const [before, after] = [a, b].map(
    (piece) => /(?:^|[:,[(=])(-?[\d.]+(?:e[+-]?\d+)?n?|true|false|null|undefined|NaN|-?Infinity)[\]})]*$/.exec(String(piece))?.[1],
  )
  return before === undefined || after === undefined || before === after ? {} : { before, after }
}
