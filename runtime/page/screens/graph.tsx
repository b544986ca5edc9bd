/** The current graph of the page's file, or the graph of a run. */
import { useMemo } from 'preact/hooks'
import { type Address, go, linkTo } from '../address.ts'
import type { GraphPage, StageState } from '../data.ts'
import { AsOf } from '../parts/as-of.tsx'
import { GraphOf } from '../parts/graph.tsx'
import { Problem } from '../parts/shared.tsx'
import { apiPath, useAnswer } from '../server.ts'
import { fileName } from '../words.ts'

/** States by their letter in the server's data. */
const stateOf: { readonly [letter: string]: StageState } = {
  d: 'done',
  r: 'running',
  w: 'waiting',
  s: 'stopped',
  f: 'failed',
  x: 'skipped',
}

export default function GraphScreen({ query }: Address) {
  const run = query.get('run') ?? undefined
  const path = run === undefined ? apiPath('graph') : apiPath('run-graph', { run, store: query.get('store') })
  const { answer: graph, problem } = useAnswer<GraphPage>(path, [run === undefined ? 'plan' : 'run'])
  const now = graph === undefined || run !== undefined ? undefined : apiPath('states')
  const { answer: letters } = useAnswer<string>(now, ['graph', 'plan'])
  const states = useMemo(() => {
    const known = graph?.stages.map(({ state }) => state) ?? []
    return run === undefined && letters?.length === known.length ? [...letters].map((letter) => stateOf[letter]!) : known
  }, [graph, letters, run])
  if (graph === undefined) return problem === undefined ? <p class="quiet">Planning …</p> : <Problem problem={problem} />
  return (
    <>
      <h1>
        {fileName(graph.file)} {graph.target !== 'default' && <span class="quiet">{graph.target}</span>}
        <AsOf run={run} />
      </h1>
      {problem !== undefined && <Problem problem={problem} />}
      <GraphOf
        graph={graph}
        states={states}
        linkTo={(key) => linkTo('stage', key)}
        onOpen={(stage) => {
          const key = graph.stages[stage]?.key
          if (key != null) go(linkTo('stage', key))
        }}
      />
    </>
  )
}
