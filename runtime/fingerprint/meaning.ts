/**
 * The graph of everything a function reaches, and its hash. The hash of a unit covers its code and the values in its slots. It is
 * independent of names and files, so two copies of a helper have one hash. Units that reach each other are hashed together, from each unit.
 */
import { createHash } from 'node:crypto'
import { formVersion } from './normalise.ts'
import { type Form, objectsIn } from './value.ts'

/** The code of a function or class, with its slots filled. */
export interface Meaning {
  readonly name: string
  /** Digest of the code alone. */
  readonly code: string
  /** `lib/norm.ts:12` */
  readonly place: string
  readonly text: () => string
  readonly slots: Slot[]
  part?: Part
  reached?: readonly Meaning[]
}

/** The value of a free name in the code; with a key, a value besides the code. */
export type Slot = { readonly name: string; readonly key?: string } & ({ readonly form: Form<Meaning> } | { readonly from: string })

/** A unit for explanations: the hash covers `code` and `uses`; names, place and text are for display. */
export interface Part {
  readonly hash: string
  readonly name: string
  /** `lib/norm.ts:12` */
  readonly place: string
  /** Digest of the code without its slots. */
  readonly code: string
  readonly uses: readonly PartUse[]
  /** The source text, including comments and types. */
  readonly text: string
}

export type PartUse = { readonly name: string } & (
  | { /** Another part, by its hash. */ readonly part: string }
  | { /** Captured data; functions in it stand as `#` and their hash. Long data end in their SHA-256. */ readonly value: string }
  | { /** `name@version#export`, `node:path#join`, `Math.sqrt` */ readonly from: string }
)

const tag = `espalier/function/${formVersion}`
/** Longer data is shown by its beginning and its SHA-256. */
const longest = 400
const shown = 48

/** All reached parts: the meaning itself first, the others in order of first use. */
export function partsOf(root: Meaning): readonly Part[] {
  if (root.part === undefined) hashFrom(root)
  return Array.from(allFrom(root), ({ part }) => part!)
}

function allFrom(root: Meaning): ReadonlySet<Meaning> {
  const found = new Set<Meaning>()
  for (const next = [root]; next.length > 0; ) {
    const meaning = next.pop()!
    if (found.has(meaning)) continue
    found.add(meaning)
    next.push(...reached(meaning).toReversed())
  }
  return found
}

/** Objects that are shared between slots; empty if each occurs once. */
export function sameObjects(root: Meaning): string {
  const numbers = new Map<object, number>()
  const same: string[] = []
  let at = 0
  for (const { slots } of allFrom(root))
    for (const object of slots.flatMap((slot) => ('form' in slot ? (objectsIn.get(slot.form) ?? []) : []))) {
      const first = numbers.get(object)
      if (first === undefined) numbers.set(object, at)
      else same.push(`${at}=${first}`)
      at++
    }
  return same.join(' ')
}

export function hashOfBoundary(from: string): string {
  return sha256(`${tag}\n${JSON.stringify({ from })}`)
}

function reached(meaning: Meaning): readonly Meaning[] {
  if (meaning.reached) return meaning.reached
  const found = meaning.slots.flatMap((slot) => ('form' in slot ? slot.form.filter((piece) => typeof piece !== 'string') : []))
  meaning.reached = found // slots are filled before this is called
  return found
}

/** Tarjan's strongly connected components: a component is hashed when everything it reaches has been. */
function hashFrom(root: Meaning): void {
  const order = new Map<Meaning, number>()
  const low = new Map<Meaning, number>()
  const open: Meaning[] = []
  const isOpen = new Set<Meaning>()
  visit(root)

  function visit(meaning: Meaning): void {
    order.set(meaning, order.size)
    low.set(meaning, order.get(meaning)!)
    open.push(meaning)
    isOpen.add(meaning)
    for (const next of reached(meaning)) {
      if (next.part !== undefined) continue
      if (!order.has(next)) {
        visit(next)
        low.set(meaning, Math.min(low.get(meaning)!, low.get(next)!))
      } else if (isOpen.has(next)) low.set(meaning, Math.min(low.get(meaning)!, order.get(next)!))
    }
    if (low.get(meaning) !== order.get(meaning)) return
    const component = open.splice(open.indexOf(meaning))
    for (const member of component) isOpen.delete(member)
    close(component)
  }
}

function close(component: readonly Meaning[]): void {
  const members = new Set(component)
  const hashes = new Map(component.map((member) => [member, hashSeenFrom(member, members)]))
  const refer = (other: Meaning): string => hashes.get(other) ?? other.part!.hash
  for (const member of component) member.part = partOf(member, hashes.get(member)!, refer)
}

function hashSeenFrom(member: Meaning, members: ReadonlySet<Meaning>): string {
  const numbers = new Map<Meaning, number>([[member, 0]])
  const refer = (other: Meaning): string => {
    if (!members.has(other)) return other.part!.hash
    if (!numbers.has(other)) numbers.set(other, numbers.size)
    return `~${numbers.get(other)}`
  }
  const records: unknown[] = []
  // iteration over a Map includes entries added meanwhile
  for (const one of numbers.keys())
    records.push([
      one.code,
      one.slots.map((slot) => [slot.key ?? null, ...('from' in slot ? ['from', slot.from] : ['value', textOf(slot.form, refer)])]),
    ])
  return sha256(`${tag}\n${JSON.stringify(records)}`)
}

function partOf({ name, code, place, text, slots }: Meaning, hash: string, refer: (other: Meaning) => string): Part {
  const uses = slots.map((slot): PartUse => {
    if ('from' in slot) return { name: slot.name, from: slot.from }
    const [only] = slot.form
    const isPart = slot.form.length === 1 && only !== undefined && typeof only !== 'string'
    return { name: slot.name, ...(isPart ? { part: refer(only) } : { value: textOf(slot.form, refer) }) }
  })
  return { hash, name, place, code, uses, text: text() }
}

function textOf(form: Form<Meaning>, refer: (other: Meaning) => string): string {
  const text = form.map((piece) => (typeof piece === 'string' ? piece : `#${refer(piece)}`)).join('')
  return text.length <= longest ? text : `${text.slice(0, shown).toWellFormed()}… sha256:${sha256(text)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
