/**
 * What changed in a user function, in the user's words: the function itself, a helper, a class or constant it reaches, a captured value, a
 * package. Only the cause is reported, not everything on the path to it.
 */
import type { Part, PartUse } from '../fingerprint/fingerprint.ts'
import type { FunctionRecord } from '../store/functions.ts'

export interface FunctionChange {
  /** `function saliency: helper normalise() in lib/norm.ts changed` */
  readonly says: string
  /** The code before and after; absent if a value or a package changed, or the source is not recorded. */
  readonly code?: { readonly before: Part; readonly after: Part }
}

/** In the order in which the function reaches them. Without the earlier record, the only change reported is that it changed. */
export function functionChanges(before: FunctionRecord | undefined, after: FunctionRecord | undefined): FunctionChange[] {
  const called = `function ${after?.name ?? before?.name ?? 'of yours'}`
  if (before === undefined || after === undefined) return [{ says: `${called} changed` }]
  const [was, is] = [before.version ?? 1, after.version ?? 1]
  if (was !== is) return [{ says: `how functions are fingerprinted changed (version ${was} → ${is})` }]
  const comparison = new Comparison(before, after)
  const changes = comparison.changes()
  return changes.length > 0 ? changes.map((change) => ({ ...change, says: `${called}${change.says}` })) : [{ says: `${called} changed` }]
}

class Comparison {
  readonly #old: ReadonlyMap<string, Part>
  readonly #new: ReadonlyMap<string, Part>
  readonly #roots: readonly [Part | undefined, Part | undefined]
  readonly #seen = new Set<string>()
  readonly #changes: FunctionChange[] = []

  constructor(before: FunctionRecord, after: FunctionRecord) {
    this.#old = byHash(before)
    this.#new = byHash(after)
    this.#roots = [before.parts[0], after.parts[0]]
  }

  changes(): readonly FunctionChange[] {
    const [before, after] = this.#roots
    if (before !== undefined && after !== undefined) this.#compare(before, after, true)
    return this.#changes
  }

  #compare(before: Part, after: Part, root: boolean): void {
    const pair = `${before.hash} ${after.hash}`
    if (before.hash === after.hash || this.#seen.has(pair)) return
    this.#seen.add(pair)
    const sameCode = before.code === after.code
    if (!sameCode) {
      const says = root ? ' changed' : `: ${partName(after)} changed`
      this.#changes.push({ says, ...(before.text === '' || after.text === '' ? {} : { code: { before, after } }) })
    }
    // Equal code has equal slots in equal order, whatever the names; different code is matched by names.
    for (const [was, is] of sameCode ? inOrder(before.uses, after.uses) : byName(before.uses, after.uses)) this.#use(was, is, after)
  }

  #use(before: PartUse, after: PartUse, user: Part): void {
    if ('part' in before && 'part' in after) {
      const [was, is] = [this.#old.get(before.part), this.#new.get(after.part)]
      if (was !== undefined && is !== undefined) this.#compare(was, is, false)
      return
    }
    const [was, is] = [shown(before), shown(after)]
    if (was === is) return
    const packages = 'from' in before && 'from' in after ? versions(before.from, after.from) : undefined
    this.#changes.push({ says: `: ${packages ?? `${after.name} ${was} → ${is}`}${placeOf(user, this.#roots[1])}` })
  }
}

function byHash({ parts }: FunctionRecord): ReadonlyMap<string, Part> {
  return new Map(parts.map((part) => [part.hash, part]))
}

type Pair = readonly [PartUse, PartUse]

function inOrder(before: readonly PartUse[], after: readonly PartUse[]): Pair[] {
  return before.flatMap((use, i): Pair[] => (after[i] === undefined ? [] : [[use, after[i]]]))
}

function byName(before: readonly PartUse[], after: readonly PartUse[]): Pair[] {
  return after.flatMap((use): Pair[] => {
    const was = before.find(({ name }) => name === use.name)
    return was === undefined ? [] : [[was, use]]
  })
}

/** `helper normalise() in lib/norm.ts` */
function partName({ name, place, text }: Part): string {
  const called = /^(class|new)\b/.test(text) ? name : `helper ${name}()`
  return `${called} in ${fileOf(place)}`
}

/** Where a value is used, unless in the function itself. */
function placeOf(user: Part, root: Part | undefined): string {
  return user === root ? '' : ` in ${user.name}() in ${fileOf(user.place)}`
}

function fileOf(place: string): string {
  return place.replace(/:\d+$/, '')
}

function shown(use: PartUse): string {
  if ('part' in use) return 'code'
  return 'value' in use ? use.value : use.from
}

/** `tiny-math 1.2.3 → 1.2.4` if only the version differs. */
function versions(before: string, after: string): string | undefined {
  const form = /^(.+)@([^@#]+)(#.+)$/
  const [, was, from, used] = form.exec(before) ?? []
  const [, is, to, uses] = form.exec(after) ?? []
  return was !== undefined && was === is && used === uses ? `package ${is} ${from} → ${to}` : undefined
}
