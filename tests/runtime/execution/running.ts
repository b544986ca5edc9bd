/** Runs pipelines in a store of their own, with the real scheduler and real workers. */

import { link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as Clock from 'effect/Clock'
import * as Effect from 'effect/Effect'
import { afterAll } from 'vitest'
import type { Graph } from '../../../dsl/graph/stage.ts'
import { compile } from '../../../dsl/language/compile.ts'
import type { DataSpec } from '../../../dsl/parts/data.ts'
import { dataFacts } from '../../../runtime/data/datasets.ts'
import type { DataFacts } from '../../../runtime/data/facts.ts'
import type { Executor } from '../../../runtime/execution/executor.ts'
import { Interruption } from '../../../runtime/execution/interruption.ts'
import { localExecutor } from '../../../runtime/execution/local/executor.ts'
import { type RunEnd, type RunRequest, runGraph, runOn } from '../../../runtime/execution/scheduler.ts'
import { dataOf } from '../../../runtime/kinds/kinds.ts'
import { dataKey } from '../../../runtime/plan/plan.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { type DataFolder, dataFolder } from '../../../runtime/store/location.ts'
import type { Store } from '../../../runtime/store/store.ts'
import { adam, digits, lenet300, type Runnable, task } from '../../../stdlib/index.ts'

export interface Ran {
  readonly end: RunEnd
  readonly events: readonly RunEvent[]
}

/** A small study's task: LeNet-300-100 on digits, one epoch unless told otherwise. */
export const small = (epochs = 1, lr = 1.2e-3) => task({ model: lenet300(), data: digits(), optimizer: adam({ lr }), epochs })

/** For what the runs of one test file share; gone at its end. */
export const fileFolder = await mkdtemp(join(tmpdir(), 'espalier-test-'))
afterAll(() => rm(fileFolder, { recursive: true, force: true }))
const converted = dataFolder(join(fileFolder, '.espalier'))

/** Converting a data set takes longer than most trainings here, so it is done once: a store gets links to it. */
async function factsOf(folder: DataFolder, spec: DataSpec): Promise<DataFacts> {
  await dataFacts(converted, spec)
  await mkdir(folder.data, { recursive: true })
  for (const name of await readdir(converted.data)) {
    await link(join(converted.data, name), join(folder.data, name)).catch((cause: NodeJS.ErrnoException) => {
      // Another run in the same store has just done it.
      if (cause.code !== 'EEXIST') throw cause
    })
  }
  return dataFacts(folder, spec)
}

/** The facts of the graph's data sets, which are in the store from then on. */
export async function dataIn(store: Store, graph: Graph): Promise<ReadonlyMap<string, DataFacts>> {
  const data = new Map<string, DataFacts>()
  for (const stage of graph.stages) {
    const spec = dataOf(stage)
    if (spec !== undefined && !data.has(dataKey(spec))) data.set(dataKey(spec), await factsOf(store.data, spec))
  }
  return data
}

export const graphOf = (target: Runnable): Graph => compile({ default: target })

export interface RunOptions extends Partial<RunRequest> {
  /** Of a run that is given no computations. Default: worker processes. */
  readonly executor?: Executor
  /** Default: the system's. */
  readonly clock?: Clock.Clock
}

export async function runIn(store: Store, graph: Graph, { computations, executor, clock, ...more }: RunOptions = {}): Promise<Ran> {
  const events: RunEvent[] = []
  const request = {
    graph,
    store,
    data: more.data ?? (await dataIn(store, graph)),
    file: 'test.pipeline.ts',
    resources: { slots: 1, threads: 1 },
    interruption: new Interruption(),
    ...more,
    onEvent: (event: RunEvent) => {
      events.push(event)
      more.onEvent?.(event)
    },
  }
  const on = executor === undefined ? localExecutor({ store }) : Effect.succeed(executor)
  const run = computations === undefined ? runOn(on, request) : runGraph({ ...request, computations })
  return { end: await Effect.runPromise(clock === undefined ? run : Effect.provideService(run, Clock.Clock, clock)), events }
}

/** Artifacts by the path of the stage that made or found them. */
export const artifactsOf = ({ events }: Ran): { readonly [path: string]: string | null } =>
  Object.fromEntries(
    events.flatMap((event) => (event.event === 'stage-done' || event.event === 'hit' ? [[event.path, event.artifact]] : [])),
  )

export const pathsOf = ({ events }: Ran, kind: RunEvent['event']): string[] =>
  events.flatMap((event) => (event.event === kind && 'path' in event ? [event.path] : []))
