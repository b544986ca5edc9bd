/** The machine: running stages by slot, and free resources. */
import { useEffect, useState } from 'preact/hooks'
import { bytes, counted, duration } from '../../format/words.ts'
import { linkTo } from '../address.ts'
import type { LiveRun, MachinePage } from '../data.ts'
import { Columns, Panel, Problem, Scroll } from '../parts/shared.tsx'
import { apiPath, useAnswer, useLiveRuns } from '../server.ts'
import { fileName } from '../words.ts'
import { Progress } from './runs.tsx'

/** Milliseconds between requests. */
const lookEvery = 2000

export default function MachineScreen() {
  const [look, setLook] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setLook((before) => before + 1), lookEvery)
    return () => clearInterval(timer)
  }, [])
  const { answer, problem } = useAnswer<MachinePage>(apiPath('machine', { look }))
  const runs = useLiveRuns()
  return (
    <>
      <h1>Machine</h1>
      {problem !== undefined && <Problem problem={problem} />}
      {answer !== undefined && <Use machine={answer} />}
      {runs.length === 0 ? <p>Nothing runs in these stores.</p> : runs.map((run) => <Slots run={run} />)}
    </>
  )
}

function Use({ machine: { cores, load, memory, gpus, server } }: { readonly machine: MachinePage }) {
  return (
    <dl class="use">
      <Meter
        name="Processor"
        of={cores}
        used={Math.min(load, cores)}
        says={`${load.toFixed(1)} of ${counted(cores, 'core')} busy on average`}
      />
      <Meter
        name="Memory"
        of={memory.total}
        used={memory.total - memory.free}
        says={`${bytes(memory.total - memory.free)} of ${bytes(memory.total)} in use`}
      />
      {gpus.map(({ name, memory: own, use }, i) => (
        <>
          {use !== null && <Meter name={`GPU ${i}`} of={1} used={use} says={`${name}: ${Math.round(100 * use)} % busy`} />}
          {own !== null && (
            <Meter name={`GPU ${i} memory`} of={own.total} used={own.used} says={`${bytes(own.used)} of ${bytes(own.total)}`} />
          )}
        </>
      ))}
      <div>
        <dt>This page's server</dt>
        <dd>{bytes(server.memory)}</dd>
      </div>
    </dl>
  )
}

const Meter = ({ name, of, used, says }: { readonly name: string; readonly of: number; readonly used: number; readonly says: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      <meter min={0} max={of} high={0.9 * of} value={used} aria-label={name} /> {says}
    </dd>
  </div>
)

function Slots({ run: live }: { readonly run: LiveRun }) {
  const { progress, computing, run, file } = live
  const { counts, total, running, secondsLeft } = progress
  const queue = total - counts.hit - counts.done - counts.failed - counts.skipped - running.length
  return (
    <Panel title={`Run ${run}: ${fileName(file)}`} wide aside={<Progress live={live} />}>
      <p>
        <a href={linkTo('run', run)}>Its stages</a> · {computing} · {running.length} running, {queue.toLocaleString('en-US')} to come
        {secondsLeft !== null && ` · about ${duration(secondsLeft)} left`}
      </p>
      <Scroll label="Slots">
        <table class="list">
          <Columns titles={['stage', 'progress', 'for', 'left', 'by']} />
          <tbody>
            {running.map(({ path, seconds, progress: own, secondsLeft: left, by }) => (
              <tr>
                <td>{path}</td>
                <td>{own !== null && <progress max={own.steps} value={own.step} aria-label={`step ${own.step} of ${own.steps}`} />}</td>
                <td class="nowrap">{duration(seconds)}</td>
                <td class="nowrap">{left !== null && duration(left)}</td>
                <td>{by ?? 'this run'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Panel>
  )
}
