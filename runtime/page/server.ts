/** Client of the page's server: requests and pushed events. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { LiveRun, Told, Topic } from './data.ts'

export interface Answered<T> {
  /** The last received value, kept while the next one loads. */
  readonly answer: T | undefined
  readonly problem: ProblemText | undefined
  readonly loading: boolean
}

type Query = { readonly [name: string]: string | number | undefined | null }

export function apiPath(name: string, query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === null || value === '' ? [] : [[key, String(value)]],
  )
  return `/api/${name}?${new URLSearchParams(given)}`
}

/** Requests data, and again when the server reports a change of one of the topics. @param path undefined: no request */
export function useAnswer<T>(path: string | undefined, again: readonly Topic[] = []): Answered<T> {
  const [state, setState] = useState<Answered<T> & { readonly path?: string | undefined }>({
    answer: undefined,
    problem: undefined,
    loading: true,
  })
  const count = useChanges(again)
  useEffect(() => {
    if (path === undefined) return
    const leaving = new AbortController()
    setState((before) => ({ ...before, loading: true }))
    ask<T>(path, leaving.signal).then(
      (answer) => setState({ answer, problem: undefined, loading: false, path }),
      (cause: unknown) => {
        if (leaving.signal.aborted) return
        setState((before) => ({
          answer: before.path === path ? before.answer : undefined,
          problem: problemOf(cause),
          loading: false,
          path,
        }))
      },
    )
    return () => leaving.abort()
  }, [path, count])
  return state
}

export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, signal === undefined ? {} : { signal })
  if (response.status === 401) dispatchEvent(new Event(unauthorisedEvent))
  const text = await response.text()
  if (response.headers.get('content-type')?.startsWith('application/json') !== true) throw new Told401(text)
  const answer = JSON.parse(text) as T & { readonly problem?: ProblemText }
  if (!response.ok) throw answer.problem
  return answer
}

export async function change(name: string, body: { readonly [name: string]: unknown }): Promise<void> {
  await fetch(`/api/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** The server rejects the token: it was restarted, or the address was opened without its token. */
export const unauthorisedEvent = 'espalier-unauthorised'

class Told401 extends Error {}

const problemOf = (cause: unknown): ProblemText =>
  cause !== null && typeof cause === 'object' && 'title' in cause
    ? (cause as ProblemText)
    : {
        title: cause instanceof Told401 ? cause.message : 'The server of this page does not answer.',
        facts: [],
        hint: 'Start it again, and open the address that it prints: espalier ui FILE',
      }

/** Sends the token after the `#` to the server. Browsers do not send this part themselves. */
export async function showToken(): Promise<void> {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1]
  if (token === undefined) return
  history.replaceState(null, '', location.pathname + location.search)
  await change('session', { token })
}

const listeners = new Set<(told: Told) => void>()
/** Undefined until the first connection attempt has finished. */
const connection: { alive: boolean | undefined; readonly changed: Set<(alive: boolean) => void> } = { alive: undefined, changed: new Set() }
let lastLive: readonly LiveRun[] = []

/** Only while the page is visible, because browsers limit the connections to a server. Reconnects automatically. */
export function listen(): void {
  let events: EventSource | undefined
  const alive = (is: boolean) => {
    connection.alive = is
    for (const tell of connection.changed) tell(is)
  }
  const open = () => {
    events = new EventSource('/api/events')
    events.onopen = () => {
      // Catch up after a disconnection.
      if (connection.alive === false)
        for (const tell of listeners) tell({ told: 'changed', what: ['runs', 'run', 'study', 'plan', 'graph', 'site'] })
      alive(true)
    }
    events.onerror = () => alive(false)
    events.onmessage = ({ data }) => {
      const told = JSON.parse(String(data)) as Told
      if (told.told === 'live') lastLive = told.runs
      for (const tell of listeners) tell(told)
    }
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return events === undefined ? open() : undefined
    events?.close()
    events = undefined
    alive(false)
  })
  if (!document.hidden) open()
}

function useTold(heard: (told: Told) => void): void {
  const latest = useRef(heard)
  latest.current = heard
  // In the same task as the rendering, so that no event is missed.
  useLayoutEffect(() => {
    const hear = (told: Told) => latest.current(told)
    listeners.add(hear)
    return () => void listeners.delete(hear)
  }, [])
}

/** Least milliseconds between two requests for a view. */
const atMostEvery = 400

/** A counter that increases when a topic changes: at once, then at most every `atMostEvery` milliseconds. */
function useChanges(of: readonly Topic[]): number {
  const [count, setCount] = useState(0)
  const waiting = useRef<{ timer: number | undefined; last: number }>({ timer: undefined, last: 0 })
  useTold((told) => {
    if (told.told !== 'changed' || !told.what.some((topic) => of.includes(topic)) || waiting.current.timer !== undefined) return
    const wait = Math.max(0, waiting.current.last + atMostEvery - performance.now())
    waiting.current.timer = window.setTimeout(() => {
      waiting.current = { timer: undefined, last: performance.now() }
      setCount((before) => before + 1)
    }, wait)
  })
  useEffect(() => () => clearTimeout(waiting.current.timer), [])
  return count
}

export function useLiveRuns(): readonly LiveRun[] {
  const [runs, setRuns] = useState(lastLive)
  useTold((told) => told.told === 'live' && setRuns(told.runs))
  return runs
}

export function useConnected(): boolean | undefined {
  const [alive, setAlive] = useState(connection.alive)
  useLayoutEffect(() => {
    connection.changed.add(setAlive)
    return () => void connection.changed.delete(setAlive)
  }, [])
  return alive
}
