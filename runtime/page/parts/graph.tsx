/** The graph of stages, with equivalent stages grouped, and the state of each stage. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { counted } from '../../format/words.ts'
import { splitPath } from '../../views/arms.ts'
import { alike } from '../../views/graph.ts'
import type { GraphPage, StageState } from '../data.ts'
import { boxOf, type DrawnNode, GraphCanvas } from './graph-canvas.ts'
import { placed } from './graph-layout.ts'
import { Columns, Panel, Scroll, State } from './shared.tsx'

interface GraphProps {
  readonly graph: GraphPage
  /** Current states, in the order of its stages. */
  readonly states: readonly StageState[]
  /** Address of a stage's page; undefined if there is none. */
  readonly linkTo: ((key: string) => string) | undefined
  readonly onOpen: (stage: number) => void
}

export function GraphOf({ graph, states, linkTo, onOpen }: GraphProps) {
  const place = useRef<HTMLCanvasElement>(null)
  const drawn = useRef<GraphCanvas>(undefined)
  const [chosen, setChosen] = useState<number>()
  const { nodes, layout } = useMemo(() => laidOut(graph), [graph])
  useEffect(() => {
    const canvas = place.current!
    drawn.current = new GraphCanvas(canvas, nodes, layout, states)
    const redraw = () => drawn.current?.draw()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const size = new ResizeObserver(redraw)
    scheme.addEventListener('change', redraw)
    size.observe(canvas)
    return () => {
      scheme.removeEventListener('change', redraw)
      size.disconnect()
    }
  }, [nodes, layout])
  useEffect(() => {
    if (drawn.current !== undefined) drawn.current.states = states
  }, [states])
  useEffect(() => {
    if (drawn.current !== undefined) drawn.current.chosen = chosen
  }, [chosen])
  usePointer(place, drawn, (at, twice) => {
    setChosen(at?.node)
    if (twice && at?.stage !== undefined) onOpen(at.stage)
  })
  return (
    <>
      <Panel
        title={`${counted(graph.stages.length, 'stage')} in ${counted(nodes.length, 'group')} that are alike`}
        wide
        aside={<Legend states={states} />}
      >
        <div class="graph">
          <canvas
            ref={place}
            style={{ height: `min(70vh, ${Math.max(260, layout.height + 60)}px)` }}
            tabIndex={0}
            role="img"
            aria-label="The graph of stages; the table below has the same groups"
            onKeyDown={(event) => {
              const move = moves[event.key]
              if (move === undefined || drawn.current === undefined) return
              event.preventDefault()
              move(drawn.current)
            }}
          />
        </div>
        <p class="quiet">Drag to move, wheel or + and − to zoom, 0 to see all. A square is a stage: a double click opens it.</p>
      </Panel>
      {chosen !== undefined && nodes[chosen] !== undefined && (
        <Members node={nodes[chosen]} graph={graph} states={states} linkTo={linkTo} />
      )}
      <Panel title="Groups" wide>
        <Scroll label="Groups of stages">
          <table class="list">
            <Columns titles={['stage', 'of', 'states']} />
            <tbody>
              {nodes.slice(0, mostListed).map((node, i) => (
                <tr>
                  <td>
                    <button type="button" aria-pressed={i === chosen} onClick={() => setChosen(i === chosen ? undefined : i)}>
                      {node.title}
                    </button>
                  </td>
                  <td>{node.subtitle}</td>
                  <td>
                    <Legend states={node.stages.map((stage) => states[stage]!)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        {nodes.length > mostListed && <p class="quiet">The first {mostListed} of them.</p>}
      </Panel>
    </>
  )
}

const mostListed = 200
const [far, near] = [1.25, 0.8]
const moves: { readonly [key: string]: (graph: GraphCanvas) => void } = {
  ArrowLeft: (graph) => graph.pan(60, 0),
  ArrowRight: (graph) => graph.pan(-60, 0),
  ArrowUp: (graph) => graph.pan(0, 60),
  ArrowDown: (graph) => graph.pan(0, -60),
  '+': (graph) => graph.zoom(far),
  '-': (graph) => graph.zoom(near),
  0: (graph) => graph.fit(),
}

function laidOut({ stages, edges }: GraphPage) {
  const named = edges.map(({ from, to, role }) => ({ from: stages[from]!.path, to: stages[to]!.path, role }))
  const places = new Map(stages.map(({ path }, place) => [path, place]))
  const { groups, edges: between } = alike(stages, named)
  const nodes = groups.map((group): DrawnNode => {
    const parts = group.map(({ path }) => splitPath(path))
    const arms = new Set(parts.map(({ arm }) => arm))
    const seeds = new Set(parts.map(({ seed }) => seed))
    const of = arms.size === 1 ? [...arms][0]! : counted(arms.size, 'arm')
    return {
      title: parts[0]!.stage,
      subtitle: [of, seeds.size === 1 ? '' : counted(seeds.size, 'seed')].filter((part) => part !== '').join(' · '),
      stages: group.map(({ path }) => places.get(path)!),
    }
  })
  return { nodes, layout: placed(nodes.map(boxOf), between) }
}

/** Number of stages per state. */
function Legend({ states }: { readonly states: readonly StageState[] }) {
  return (
    <span class="legend">
      {[...Map.groupBy(states, (state) => state)].map(([state, all]) => (
        <span>
          <State state={state} /> {all.length.toLocaleString('en-US')}
        </span>
      ))}
    </span>
  )
}

function Members({ node, graph, states, linkTo }: Pick<GraphProps, 'graph' | 'states' | 'linkTo'> & { readonly node: DrawnNode }) {
  return (
    <Panel title={`${node.title} · ${node.subtitle}`} wide>
      <Scroll label="Its stages">
        <ul class="running">
          {node.stages.slice(0, mostListed).map((place) => {
            const { path, key } = graph.stages[place]!
            return (
              <li>
                <State state={states[place]!} /> {key === null || linkTo === undefined ? path : <a href={linkTo(key)}>{path}</a>}
              </li>
            )
          })}
        </ul>
      </Scroll>
      {node.stages.length > mostListed && (
        <p class="quiet">
          The first {mostListed} of {node.stages.length}.
        </p>
      )}
    </Panel>
  )
}

type At = ReturnType<GraphCanvas['at']>

/** Dragging, pinching and the wheel. */
function usePointer(
  place: { readonly current: HTMLCanvasElement | null },
  drawn: { readonly current: GraphCanvas | undefined },
  onPoint: (at: At, twice: boolean) => void,
): void {
  const latest = useRef(onPoint)
  latest.current = onPoint
  useEffect(() => {
    const canvas = place.current!
    const down = new Map<number, { readonly x: number; readonly y: number }>()
    let moved = 0
    const spread = () => {
      const [a, b] = [...down.values()]
      return a === undefined || b === undefined ? 0 : Math.hypot(a.x - b.x, a.y - b.y)
    }
    const local = ({ offsetX: x, offsetY: y }: MouseEvent) => ({ x, y })
    const listeners: { readonly [name: string]: (event: never) => void } = {
      pointerdown(event: PointerEvent) {
        canvas.setPointerCapture(event.pointerId)
        down.set(event.pointerId, local(event))
        moved = 0
      },
      pointermove(event: PointerEvent) {
        const before = down.get(event.pointerId)
        if (before === undefined) return
        const now = local(event)
        const apart = spread()
        down.set(event.pointerId, now)
        moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y)
        if (down.size === 1) drawn.current?.pan(now.x - before.x, now.y - before.y)
        else if (apart > 0) drawn.current?.zoom(spread() / apart, now)
      },
      pointerup(event: PointerEvent) {
        down.delete(event.pointerId)
        const { x, y } = local(event)
        if (moved < 4) latest.current(drawn.current?.at(x, y), false)
      },
      pointercancel: (event: PointerEvent) => void down.delete(event.pointerId),
      dblclick(event: MouseEvent) {
        const { x, y } = local(event)
        latest.current(drawn.current?.at(x, y), true)
      },
      wheel(event: WheelEvent) {
        event.preventDefault()
        drawn.current?.zoom(Math.exp(-event.deltaY / 500), local(event))
      },
    }
    for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener as EventListener, { passive: false })
    return () => {
      for (const [name, listener] of Object.entries(listeners)) canvas.removeEventListener(name, listener as EventListener)
    }
  }, [])
}
