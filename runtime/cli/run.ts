/** `espalier run`: runs the stages that are not in the store, shows their progress, and ends with the table. */
import * as Effect from 'effect/Effect'
import type { ProblemText } from '../../dsl/check/problem.ts'
import type { Graph } from '../../dsl/graph/stage.ts'
import type { detach } from '../execution/cluster/begin.ts'
import type { ClusterOptions } from '../execution/cluster/executor.ts'
import { clusterProblems } from '../execution/cluster/problems.ts'
import { type ExecutorChoice, executorFor, sourceOn } from '../execution/executors.ts'
import { Interruption } from '../execution/interruption.ts'
import { type RunEnd, runOn } from '../execution/scheduler.ts'
import { jsonText } from '../format/json.ts'
import { standardError, standardOutput } from '../format/output.ts'
import { expectedSeconds } from '../plan/estimate.ts'
import { makePlan, type Plan } from '../plan/plan.ts'
import { requireArms } from '../plan/restrict.ts'
import { requireDevices } from '../project/devices.ts'
import { foreseeNetworks } from '../project/foresee-networks.ts'
import { settingsOf } from '../project/machine.ts'
import { type PlanOptions, type Prepared, withPrepared } from '../project/prepare.ts'
import { requireWritable } from '../project/writable.ts'
import { madeAgain } from '../store/made-again.ts'
import type { Store } from '../store/store.ts'
import { quietRenderer } from '../terminal/quiet.ts'
import { tableLines } from '../terminal/table.ts'
import type { Expected } from '../views/progress.ts'
import { resultsSheet } from '../views/results-sheet.ts'
import { resultsTable } from '../views/results-table.ts'
import type { Renderer, RunShown } from '../views/skin.ts'
import { exitCodes } from './exit.ts'
import { onStopSignals } from './signals.ts'
import { type Asked, skinAsked, skinFor } from './skins.ts'
import { deviceOnSlurm, type SlurmFlags, slurmAsked } from './slurm.ts'
import { byPath, closeTelemetry, telemetryTo } from './telemetry.ts'
import { refuseTrackers, type TrackersAsked, trackersFor } from './trackers.ts'

interface RunOptions extends PlanOptions, Asked, SlurmFlags, TrackersAsked {
  readonly on: NonNullable<ExecutorChoice['on']>
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number
  /** Retries after transient failures. */
  readonly retries: number
  /** No stage starts once one has failed. */
  readonly failFast: boolean
  /** Only arms whose names contain this. */
  readonly only: string | undefined
  /** Computes cached results again. */
  readonly force: boolean
  /** Only problems, and the table at the end. */
  readonly quiet: boolean
  /** Only problems, and the results as CSV at the end. */
  readonly csv: boolean
  /** Receiver of spans. */
  readonly otlp: string | undefined
  /** For a run on a cluster: it continues without this process. */
  readonly detach: boolean
  /** For a run on a cluster: all of it is computed on machines that produce the same bits. */
  readonly sameMachineKind: boolean
}

export const run = (given: RunOptions): Promise<number> => {
  const elsewhere =
    given.on === 'slurm' ? { elsewhere: true, device: deviceOnSlurm(given) } : given.on === 'cluster' ? { elsewhere: true } : {}
  const options = { ...given, ...elsewhere }
  if (options.detach) refuseTrackers(options)
  standardError.onlyProblems = options.quiet
  return withPrepared(options, (prepared) => carryOut(prepared, options))
}

async function carryOut(whole: Prepared, options: RunOptions): Promise<number> {
  const prepared = options.only === undefined ? whole : { ...whole, graph: requireArms(whole.graph, options.only) }
  const { file, target, graph, data, numerics, resources, devices } = prepared
  const { planned, store, old } = await standardError.meanwhile('Looking for results …', () => begun(prepared, options))
  await standardError.meanwhile('Building the networks …', () => foreseeNetworks(prepared, planned))
  const source = await sourceOn({ ...options, store }, prepared.source, prepared.code)
  const { hits } = planned
  const asked = { source, code: prepared.code, sameMachineKind: options.sameMachineKind, hits }
  const others = options.on === 'cluster' ? await import('../execution/cluster/begin.ts') : undefined
  const cluster = await others?.clusterRun(store, asked)
  const workers = await others?.workersNow(store)
  const warnings = [...prepared.warnings, ...machineWarnings(prepared, planned, options)]
  const described = {
    ...{ graph, part: options.only !== undefined, data, file, target, source, resources, hits, ...settingsOf(devices) },
    ...{ checkpointEvery: options.checkpointEvery, retries: options.retries, failFast: options.failFast },
    elsewhere: options.elsewhere ?? false,
    ...(workers === undefined ? {} : { workers }),
  }
  const forget = async () => {
    for (const key of old) await store.inventory.forget(key)
  }
  if (options.detach) {
    others?.requireDetachable(described)
    await forget()
    return leave(cluster, described, options)
  }
  const trackers = await trackersFor(prepared, options)
  const renderer = await rendererFor(options, { stages: await stagesToShow(graph, planned, store) })
  const telemetry = await telemetryTo(options.otlp)
  const observe = telemetry?.observe(byPath(graph, numerics))
  const interruption = new Interruption()
  const warn = (problem: ProblemText) => renderer.onEvent({ event: 'warning', problem })
  // Once: checkpoint and stop. Twice: at once.
  const deaf = onStopSignals(() => interruption.request())
  interruption.listen((requests) => {
    if (requests === 1) warn(stopping)
  })
  try {
    await forget()
    const end = await Effect.runPromise(
      runOn(executorFor({ ...options, store, devices, slurm: slurmAsked(options), cluster: cluster && { ...cluster, warn } }), {
        ...described,
        store,
        interruption,
        onEvent: (event) => {
          renderer.onEvent(event)
          observe?.(event)
          trackers?.note(event, warn)
          if (event.event === 'start') for (const problem of warnings) warn(problem)
        },
      }),
    )
    if (end.interrupted) return exitCodes.interrupted
    return end.ok ? exitCodes.done : exitCodes.failed
  } catch (cause) {
    // The store failed while stages ran: not an error in the file or the command line.
    process.exitCode = exitCodes.failed
    throw cause
  } finally {
    deaf()
    renderer.close()
    await closeTelemetry(telemetry)
    await trackers?.close()
  }
}

interface Begun {
  readonly planned: Plan
  /** The store that the run was planned with. */
  readonly store: Store
  /** Keys of results that are removed after all checks, before the first stage. */
  readonly old: readonly string[]
}

/** With --force, only results of this run are cache hits. Workers elsewhere read the store itself, so old results are removed from it. */
async function begun({ graph, store, data, numerics }: Prepared, { force, on }: RunOptions): Promise<Begun> {
  const planned = await makePlan(graph, store, data, numerics)
  if (!force) {
    requireWritable(store, planned)
    return { planned, store, old: [] }
  }
  requireWritable(store, { ...planned, stages: planned.stages.map((stage) => ({ ...stage, status: 'run' })) })
  const keys = [...planned.hits.values()].map(({ key }) => key)
  const again = madeAgain(store, keys)
  const replanned = await makePlan(graph, again, data, numerics)
  return on === 'cluster' ? { planned: replanned, store, old: keys } : { planned: replanned, store: again, old: [] }
}

/** What the machines that compute lack, as far as it is known here: workers report their own devices. */
function machineWarnings({ devices, graph }: Prepared, planned: Plan, { on, elsewhere }: RunOptions): ProblemText[] {
  return on === 'cluster' ? [] : requireDevices(devices, planned, graph, elsewhere ? Number.POSITIVE_INFINITY : undefined)
}

/** Detaches the run. */
async function leave(
  cluster: Omit<ClusterOptions, 'warn'> | undefined,
  described: Parameters<typeof detach>[1],
  { file, json = false }: RunOptions,
): Promise<number> {
  if (cluster === undefined) throw clusterProblems.detachHere()
  const id = await (await import('../execution/cluster/begin.ts')).detach(cluster, described)
  if (json) standardOutput.print([jsonText({ event: 'detached', file, run: id })])
  else
    standardOutput.print([
      `The workers go on with it as ${id.slice(0, 8)}; this terminal is not needed any more.`,
      `To see them: espalier workers. To look at the run, or end with it: espalier run ${file} --on cluster. To end it: espalier cancel ${id.slice(0, 8)}.`,
    ])
  return exitCodes.done
}

const stopping = {
  title: 'Interrupted: the stages that run are stopping at a checkpoint.',
  facts: [],
  hint: 'Ctrl-C again ends them at once.',
}

async function rendererFor({ csv, quiet, ...asked }: RunOptions, shown: RunShown): Promise<Renderer> {
  const atEnd = (lines: (results: RunEnd['results']) => readonly string[]) =>
    quietRenderer({ complain: (said) => standardError.print(said), show: ({ results }) => standardOutput.print(lines(results)) })
  const skin = skinAsked(asked)
  if (csv && skin === undefined) {
    const { csvLines } = await import('../format/csv.ts')
    return atEnd((results) => csvLines(resultsSheet(results)))
  }
  if (quiet && skin === undefined) return atEnd((results) => tableLines(resultsTable(results), standardOutput.columns))
  return (await skinFor(asked)).run(shown)
}

/** All stages of a run, with the time that they took before. */
export async function stagesToShow(graph: Graph, { stages }: Plan, { results }: Store): Promise<Expected[]> {
  if (!standardOutput.isLive) return []
  const seconds = await expectedSeconds(graph, stages, results)
  return graph.stages.map(({ path }) => ({ path, seconds: seconds.get(path) }))
}
