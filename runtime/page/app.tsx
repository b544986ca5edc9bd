/** The frame of the page: navigation and the current view. Views are loaded on first use. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type Address, choose, go, linkTo, placesIn, useAddress } from './address.ts'
import type { Site } from './data.ts'
import { Choice, Problem } from './parts/shared.tsx'
import RunsScreen from './screens/runs.tsx'
import { apiPath, unauthorisedEvent, useAnswer, useConnected, useLiveRuns } from './server.ts'

const screens: { readonly [view: string]: () => Promise<{ readonly default: ComponentType<Address> }> } = {
  runs: async () => ({ default: RunsScreen }),
  run: () => import('./screens/run.tsx'),
  study: () => import('./screens/study.tsx'),
  graph: () => import('./screens/graph.tsx'),
  stage: () => import('./screens/stage.tsx'),
  compare: () => import('./screens/compare.tsx'),
  machine: () => import('./screens/machine.tsx'),
}

const loaderOf = (view: string) => (Object.hasOwn(screens, view) ? screens[view] : undefined)

// The first view is loaded while the frame is rendered. If loading fails, the frame tries again.
loaderOf(placesIn(location.pathname)[0] ?? 'study')?.().catch(() => {})

const places = [
  ['runs', 'Runs', 'r'],
  ['study', 'Study', 's'],
  ['graph', 'Graph', 'g'],
  ['compare', 'Compare', 'c'],
  ['machine', 'Machine', 'm'],
] as const

export function App() {
  const address = useAddress()
  const site = useAnswer<Site>(apiPath('site'), ['site'])
  const unauthorised = useUnauthorised()
  const view = address.path[0] ?? (site.answer === undefined ? undefined : site.answer.file === null ? 'runs' : 'study')
  useKeys()
  useEffect(() => {
    document.title = [address.path[1], view, 'Espalier'].filter((part) => part !== undefined).join(' · ')
  }, [view, address.path[1]])
  return (
    <>
      <a class="skip" href="#main">
        To the content
      </a>
      <Head view={view} site={site.answer} query={address.query} />
      <main id="main">
        {unauthorised && <Problem problem={strange} />}
        {site.answer?.problem != null && <Problem problem={site.answer.problem} />}
        {view !== undefined && <Screen view={view} address={address} />}
      </main>
      <footer class="quiet">
        Keys: <kbd>r</kbd> runs, <kbd>s</kbd> study, <kbd>g</kbd> graph, <kbd>c</kbd> compare, <kbd>m</kbd> machine, <kbd>/</kbd> search
      </footer>
    </>
  )
}

const strange = {
  title: 'This page is not known to the server.',
  facts: [],
  hint: 'Open the address that espalier ui printed, with its token.',
}

function Head({
  view,
  site,
  query,
}: {
  readonly view: string | undefined
  readonly site: Site | undefined
  readonly query: URLSearchParams
}) {
  const live = useLiveRuns()
  const connected = useConnected()
  const running = live.flatMap(({ progress }) => progress.running).length
  return (
    <header class="top">
      <a class="brand" href="/">
        Espalier
      </a>
      <nav aria-label="Views">
        {places.map(([name, title, key]) => (
          <a href={linkTo(name)} aria-current={view === name ? 'page' : undefined} title={`Key: ${key}`}>
            {title}
          </a>
        ))}
      </nav>
      <span class="now" role="status">
        {connected === undefined ? '' : !connected ? 'not connected' : running > 0 ? `${running} running` : 'idle'}
      </span>
      {site !== undefined && site.stores.length > 1 && (
        <Choice
          label="Store"
          value={query.get('store') ?? '0'}
          options={site.stores.map(({ name }, i) => [String(i), name] as const)}
          onChoose={(store) => choose(query, { store: store === '0' ? undefined : store, from: undefined })}
        />
      )}
    </header>
  )
}

function Screen({ view, address }: { readonly view: string; readonly address: Address }) {
  const [loaded, setLoaded] = useState<{ readonly view: string; readonly Shown: ComponentType<Address> }>()
  const load = loaderOf(view)
  useEffect(() => {
    let current = true
    void load?.().then(({ default: Shown }) => current && setLoaded({ view, Shown }))
    return () => {
      current = false
    }
  }, [view])
  if (load === undefined) return <Problem problem={{ title: `There is no view '${view}'.`, facts: [], hint: 'Choose one above.' }} />
  if (loaded?.view !== view) return null
  return <loaded.Shown key={address.path.join('/')} {...address} />
}

/** Letter keys open views, unless the user is typing. */
function useKeys(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.target instanceof Element && event.target.closest('input, select, textarea') !== null) return
      const place = places.find(([, , key]) => key === event.key)
      if (place !== undefined) go(linkTo(place[0]))
      if (event.key === '/') {
        event.preventDefault()
        document.querySelector<HTMLInputElement>('input[type=search]')?.focus()
      }
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

function useUnauthorised(): boolean {
  const [unauthorised, setUnauthorised] = useState(false)
  useEffect(() => {
    const met = () => setUnauthorised(true)
    addEventListener(unauthorisedEvent, met)
    return () => removeEventListener(unauthorisedEvent, met)
  }, [])
  return unauthorised
}
