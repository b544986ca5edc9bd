/** Validated request parameters; all values are bounded. */
import type { Json } from '../../dsl/check/canonical.ts'
import { uiProblems } from './problems.ts'

/** All methods throw a LoadProblem for invalid values. */
export class Query {
  readonly #of: (name: string) => unknown

  constructor(of: (name: string) => unknown) {
    this.#of = of
  }

  static inAddress({ searchParams }: URL): Query {
    return new Query((name) => searchParams.get(name) ?? undefined)
  }

  /** From the body of a POST request. */
  static inBody(body: Json): Query {
    const members = Object(body) as { readonly [name: string]: unknown }
    return new Query((name) => (Object.hasOwn(members, name) ? members[name] : undefined))
  }

  text(name: string, most = 1000): string | undefined {
    const value = this.#of(name)
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string' || value.length > most) throw uiProblems.badQuery(name, `a text of at most ${most} characters`)
    return value
  }

  required(name: string): string {
    const value = this.text(name)
    if (value === undefined) throw uiProblems.badQuery(name, 'a text')
    return value
  }

  whole(name: string, { standard, most }: { readonly standard: number; readonly most: number }): number {
    const value = this.#of(name)
    if (value === undefined) return standard
    const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0 || number > most)
      throw uiProblems.badQuery(name, `a whole number from 0 to ${most}`)
    return number
  }

  word<W extends string>(name: string, words: readonly W[]): W | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = words.find((word) => word === value)
    if (found === undefined) throw uiProblems.badQuery(name, `one of ${words.join(', ')}`)
    return found
  }

  digest(name: string): string {
    const value = this.required(name)
    if (!/^sha256:[0-9a-f]{64}$/.test(value)) throw uiProblems.badQuery(name, 'sha256: and 64 hex digits')
    return value
  }

  key(name: string): string {
    const value = this.required(name)
    if (!/^[0-9a-f]{64}$/.test(value)) throw uiProblems.badQuery(name, '64 hex digits')
    return value
  }

  flag(name: string): boolean {
    return this.#of(name) === true || this.#of(name) === 'true'
  }
}
