/** Answers that every page asks for again and again: made once for all of them, until what they tell of changes. */
import type { Topic } from '../page/data.ts'

export interface Keeping {
  /** What they tell of. */
  readonly topics: readonly Topic[]
  /** Milliseconds that one counts while nothing is seen to change. */
  readonly counts: number
}

/** Different questions that are remembered. */
const most = 100

export class KeptAnswers {
  readonly #versionOf: (topics: readonly Topic[]) => number
  readonly #answers = new Map<string, { readonly at: number; readonly version: number; readonly answer: Promise<Uint8Array> }>()

  constructor(versionOf: (topics: readonly Topic[]) => number) {
    this.#versionOf = versionOf
  }

  /** @param question everything that the answer depends on */
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
