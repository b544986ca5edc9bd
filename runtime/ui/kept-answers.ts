/** A cache of responses that every open page polls: computed once for all pages, until their topics change or the TTL expires. */
import type { Topic } from '../page/data.ts'

export interface Keeping {
  /** Topics that invalidate the response when they change. */
  readonly topics: readonly Topic[]
  /** TTL in milliseconds. */
  readonly counts: number
}

/** Most cached responses. */
const most = 100

export class KeptAnswers {
  readonly #versionOf: (topics: readonly Topic[]) => number
  readonly #answers = new Map<string, { readonly at: number; readonly version: number; readonly answer: Promise<Uint8Array> }>()

  constructor(versionOf: (topics: readonly Topic[]) => number) {
    this.#versionOf = versionOf
  }

  /** @param question cache key: everything that the response depends on */
  of(question: string, { topics, counts }: Keeping, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#answers.get(question)
    const [now, version] = [performance.now(), this.#versionOf(topics)]
    if (known !== undefined && known.version === version && now - known.at < counts) return known.answer
    if (this.#answers.size >= most) this.#answers.clear()
    const answer = make()
    this.#answers.set(question, { at: now, version, answer })
    answer.catch(() => this.#answers.delete(question))
    return answer
  }
}
