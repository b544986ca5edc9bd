/** What every answer is made from. */
import type { Store } from '../store/store.ts'
import type { Live } from './live.ts'
import { uiProblems } from './problems.ts'
import type { Project } from './project.ts'
import type { Query } from './query.ts'

export interface Context {
  /** That of the file first. */
  readonly stores: readonly Store[]
  readonly project: Project | undefined
  readonly live: Live
}

/** Sent as it is, to be saved under a name. */
export class Download {
  readonly name: string
  readonly content: Uint8Array

  constructor(name: string, content: Uint8Array) {
    this.name = name
    this.content = content
  }
}

/** Throws what is told as a problem. @returns plain data, sent as JSON, or a download */
export type Route = (context: Context, query: Query) => Promise<unknown>

/** @throws LoadProblem */
export function storeAsked({ stores }: Context, query: Query): Store {
  const number = query.whole('store', { standard: 0, most: 1000 })
  const store = stores[number]
  if (store === undefined) throw uiProblems.noStore(number, stores.length)
  return store
}
