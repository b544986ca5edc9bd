/** `espalier run`: runs what is not in the store, shows it, and ends with the table. */
import * as Effect from 'effect/Effect'
import type { ProblemText } from '../../dsl/problem.ts'
import { environmentOf } from '../engine/gpu.ts'
import { makePlan } from '../plan/plan.ts'
import { Interruption } from '../schedule/interruption.ts'
import { runGraph } from '../schedule/scheduler.ts'
import { workersWith } from '../schedule/stage-runner.ts'
import { jsonRenderer } from '../terminal/json.ts'
import { liveRenderer } from '../terminal/live.ts'
import { plainRenderer } from '../terminal/plain.ts'
import type { Renderer } from '../terminal/renderer.ts'
import { needsWorker } from '../worker/run-stage.ts'
import { exitCodes } from './exit.ts'
import { type CommonOptions, type Prepared, prepare } from './prepare.ts'

export interface RunOptions extends CommonOptions {
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number
}

export async function run(options: RunOptions): Promise<number> {
  const prepared = await prepare(options)
  const { file, target, graph, store, data, resources, engine, source } = prepared
  const warnings = await requireEngine(prepared)
  const renderer = rendererFor(options.json, store.layout.root)
  const interruption = new Interruption()
  const forget = onSignals(interruption)
  interruption.listen((requests) => {
    if (requests === 1) renderer.onEvent({ event: 'warning', problem: stopping })
  })
  try {
    const end = await Effect.runPromise(
      runGraph({
        graph,
        store,
        data,
        file,
        target,
        source,
        resources,
        engine: engine.settings,
        ...(engine.gpus.length === 0 ? {} : { runner: workersWith(engine.gpus.map((gpu) => environmentOf(gpu))) }),
        interruption,
        checkpointEvery: options.checkpointEvery,
        onEvent: (event) => {
          renderer.onEvent(event)
          if (event.event === 'start') for (const problem of warnings) renderer.onEvent({ event: 'warning', problem })
        },
      }),
    )
    if (end.interrupted) return exitCodes.interrupted
    return end.ok ? exitCodes.done : exitCodes.failed
  } catch (cause) {
    // The store failed while stages ran: no fault of the file or the command line.
    process.exitCode = exitCodes.failed
    throw cause
  } finally {
    forget()
    renderer.close()
    store.close()
  }
}

/** Before anything expensive: if a worker will be needed, its engine must be there. Gives what is to be said about it. @throws EngineProblem */
async function requireEngine({ graph, store, data, engine: { warning, problem }, numerics }: Prepared): Promise<ProblemText[]> {
  const { stages } = await makePlan(graph, store, data, numerics)
  if (stages.every(({ status, kind }) => status === 'hit' || !needsWorker(kind))) return []
  if (problem !== undefined) throw problem
  return warning === undefined ? [] : [warning]
}

const stopping = {
  title: 'Interrupted: the stages that run are stopping at a checkpoint.',
  facts: [],
  hint: 'Ctrl-C again ends them at once.',
}

/** Once: checkpoint and stop. Twice: at once. A reader of the output that went away interrupts as well. Returns what forgets them. */
function onSignals(interruption: Interruption): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const request = () => interruption.request()
  const unread = () => {
    if (!interruption.requested) request()
  }
  for (const signal of signals) process.on(signal, request)
  process.stdout.once('error', unread)
  return () => {
    for (const signal of signals) process.off(signal, request)
    process.stdout.off('error', unread)
  }
}

function rendererFor(json: boolean, store: string): Renderer {
  const write = (text: string) => process.stdout.write(text)
  if (json) return jsonRenderer(write)
  const { TERM, CI, NO_COLOR } = process.env
  const plain = !process.stdout.isTTY || TERM === 'dumb' || !['', 'false', '0'].includes(CI ?? '')
  return plain ? plainRenderer(write, store) : liveRenderer(process.stdout, store, (NO_COLOR ?? '') === '')
}
