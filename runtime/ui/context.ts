/** The data that routes answer from. */
import type { Store } from '../store/store.ts'
import type { Live } from './live.ts'
import { uiProblems } from './problems.ts'
import type { Project } from './project.ts'
import type { Query } from './query.ts'

export interface Context {
  /** The store of the page's file first. */
  readonly stores: readonly Store[]
  readonly project: Project | undefined
  readonly live: Live
}

/** A response that the browser saves as a file. */
export class Download {
  readonly name: string
  readonly content: Uint8Array

  constructor(name: string, content: Uint8Array) {
    this.name = name
    this.content = content
  }
}

/** @returns plain data, sent as JSON, or a download @throws problems, which are shown on the page */
export type Route = (context: Context, query: Query) => Promise<unknown>

/** The store that the query selects. @throws LoadProblem if there is none */
export function storeAsked({ stores }: Context, query: Query): Store {
  const number = query.whole('store', { standard: 0, most: 1000 })
  const store = stores[number]
  if (store === undefined) throw uiProblems.noStore(number, stores.length)
  return store
}
