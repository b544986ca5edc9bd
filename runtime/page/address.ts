/** The URL of a view, including its selections, so that it can be shared and the browser's back button works. */
import { useEffect, useState } from 'preact/hooks'

export interface Address {
  /** `['stage', 'dense/train']` of `/stage/dense%2Ftrain` */
  readonly path: readonly string[]
  readonly query: URLSearchParams
}

export function useAddress(): Address {
  const [href, setHref] = useState(location.href)
  useEffect(() => {
    const changed = () => setHref(location.href)
    const clicked = (event: MouseEvent) => follow(event)
    addEventListener('popstate', changed)
    addEventListener('click', clicked)
    return () => {
      removeEventListener('popstate', changed)
      removeEventListener('click', clicked)
    }
  }, [])
  const { pathname, searchParams } = new URL(href)
  return { path: placesIn(pathname), query: searchParams }
}

/** Path segments. */
export const placesIn = (pathname: string): readonly string[] =>
  pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded)

export function go(href: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', href)
  dispatchEvent(new PopStateEvent('popstate'))
}

export interface Choices {
  readonly [name: string]: string | readonly string[] | undefined
}

/** With other selections; undefined removes one. */
export function changed(query: URLSearchParams, choices: Choices): URLSearchParams {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(choices)) {
    next.delete(name)
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) if (each !== '') next.append(name, each)
  }
  return next
}

/** The same view with other selections. */
function chosen(query: URLSearchParams, choices: Choices): string {
  const text = changed(query, choices).toString()
  return text === '' ? location.pathname : `${location.pathname}?${text}`
}

/** Selections do not create history entries. */
export const choose = (query: URLSearchParams, choices: Choices): void => go(chosen(query, choices), { replace: true })

/** A link to another view, in the same store. */
export function linkTo(view: string, name?: string | number, query: { readonly [name: string]: string | number | undefined } = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]))
  const store = new URLSearchParams(location.search).get('store')
  const text = new URLSearchParams([...(store === null ? [] : [['store', store]]), ...given]).toString()
  return `/${view}${name === undefined ? '' : `/${encodeURIComponent(name)}`}${text === '' ? '' : `?${text}`}`
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Links within the page change the view without a reload. The browser handles new tabs and downloads. */
function follow(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  if (link.origin !== location.origin || link.pathname.startsWith('/api/') || link.hash !== '' || link.target !== '') return
  event.preventDefault()
  go(link.href)
  scrollTo(0, 0)
}
