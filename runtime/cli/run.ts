/** `espalier run`: runs what is not in the store, shows it, and ends with the table. */
import * as Effect from 'effect/Effect'
import { executorFor } from '../execution/executors.ts'
import { Interruption } from '../execution/interruption.ts'
import { runOn } from '../execution/scheduler.ts'
import { makePlan } from '../plan/plan.ts'
import { requireDevices } from '../project/devices.ts'
import { foreseeNetworks } from '../project/foresee-networks.ts'
import { settingsOf } from '../project/machine.ts'
import { type PlanOptions, type Prepared, withPrepared } from '../project/prepare.ts'
import { requireWritable } from '../project/writable.ts'
import { exitCodes } from './exit.ts'
import { onStopSignals } from './signals.ts'
import type { Asked } from './skin-flags.ts'
import { rendererFor, stagesToShow } from './skins.ts'
import { byPath, closeTelemetry, telemetryTo } from './telemetry.ts'

export interface RunOptions extends PlanOptions, Asked {
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number
  /** Attempts after the first for transient failures. */
  readonly retries: number
  /** Nothing new once a stage has failed. */
  readonly failFast: boolean
  /** Only problems, and the table at the end. */
  readonly quiet: boolean
  /** Only problems, and the results as CSV at the end. */
  readonly csv: boolean
  /** Where spans are sent. */
  readonly otlp: string | undefined
}

export const run = (options: RunOptions): Promise<number> => withPrepared(options, (prepared) => carryOut(prepared, options))

async function carryOut(prepared: Prepared, options: RunOptions): Promise<number> {
  const { file, target, graph, store, data, numerics, resources, devices, source } = prepared
  const planned = await makePlan(graph, store, data, numerics)
  requireWritable(store, planned)
  await foreseeNetworks(prepared, planned)
  const warnings = [...prepared.warnings, ...requireDevices(devices, planned, graph)]
  const renderer = await rendererFor(options, { store: store.location, stages: await stagesToShow(graph, planned, store) })
  const telemetry = await telemetryTo(options.otlp)
  const observe = telemetry?.observe(byPath(graph, numerics))
  const interruption = new Interruption()
  // Once: checkpoint and stop. Twice: at once.
  const forget = onStopSignals(() => interruption.request())
  interruption.listen((requests) => {
    if (requests === 1) renderer.onEvent({ event: 'warning', problem: stopping })
  })
  try {
    const end = await Effect.runPromise(
      runOn(executorFor({ ...options, store, devices }), {
        graph,
        store,
        data,
        file,
        target,
        source,
        resources,
        ...settingsOf(devices),
        interruption,
        hits: planned.hits,
        checkpointEvery: options.checkpointEvery,
        retries: options.retries,
        failFast: options.failFast,
        onEvent: (event) => {
          renderer.onEvent(event)
          observe?.(event)
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
    await closeTelemetry(telemetry)
  }
}

const stopping = {
  title: 'Interrupted: the stages that run are stopping at a checkpoint.',
  facts: [],
  hint: 'Ctrl-C again ends them at once.',
}
