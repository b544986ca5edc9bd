/** Builds a run's events for its stages and its end. */
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { trainingCost } from '../../stdlib/metrics/training-cost.ts'
import { withPlace } from '../format/code-frame.ts'
import { counted } from '../format/words.ts'
import type { ArmResult, MachineKind, RunEvent, StageCounts } from '../run-event.ts'
import { directionsIn } from '../views/measure.ts'
import type { ComputationEvent } from './computation-event.ts'
import type { Ledger } from './ledger.ts'

/** A computation's event as a run event of the stage. */
export function stageEvent({ path, kind, at }: Stage, key: string, event: ComputationEvent): RunEvent {
  switch (event.event) {
    case 'started': {
      const { steps, resumedAt, by, worker } = event
      const more = {
        ...(resumedAt === undefined ? {} : { resumedAt }),
        ...(by === undefined ? {} : { by }),
        ...(worker === undefined ? {} : { worker }),
      }
      return { event: 'stage-start', path, kind, key, steps, ...more }
    }
    case 'retry':
      return { event: 'retry', path, attempt: event.attempt, problem: withPlace(event.problem, at) }
    case 'progress': {
      const { loss, accuracy, stepsPerSecond, step, steps, epoch, epochs } = event.progress
      return {
        event: 'progress',
        path,
        step,
        steps,
        epoch,
        epochs,
        ...(loss === null ? {} : { loss }),
        ...(accuracy === null ? {} : { accuracy }),
        ...(stepsPerSecond === null ? {} : { stepsPerSecond }),
      }
    }
  }
}

export function doneEvent({
  graph: { stages, targets },
  ledger,
  interrupted,
  seconds,
}: {
  readonly graph: Graph
  readonly ledger: Ledger
  readonly interrupted: boolean
  readonly seconds: number
}): Extract<RunEvent, { event: 'done' }> {
  const counts: StageCounts = {
    total: stages.length,
    hit: ledger.count('hit'),
    run: ledger.count('run'),
    resumed: ledger.count('resumed'),
    failed: ledger.count('failed'),
    skipped: ledger.count('skipped'),
  }
  const byId = new Map(stages.map((stage) => [stage.id, stage]))
  const kinds = machineKinds(stages.flatMap(({ id }) => ledger.resultOf(id)?.numerics ?? []))
  const complete = counts.hit + counts.run + counts.resumed === counts.total
  return {
    event: 'done',
    ok: complete,
    interrupted: interrupted && !complete,
    seconds,
    stages: counts,
    ...(kinds.length > 1 ? { machineKinds: kinds } : {}),
    results: targets.flatMap(({ arms }) =>
      arms.flatMap(({ path, labels, model, metrics }): ArmResult[] => {
        const measured = ledger.resultOf(metrics)
        if (measured === undefined) return []
        const cost = trainingCost(byId, metrics, (id) => ledger.resultOf(id)?.metrics['training/macs'])
        const { artifact = null } = ledger.resultOf(model) ?? {}
        return [{ path, labels, artifact, metrics: { ...measured.metrics, ...cost }, ...directionsIn(byId.get(metrics)) }]
      }),
    ),
  }
}

/** Numerics that a training's own options set are the same on all machines, and omitted. */
function machineKinds(all: readonly Numerics[]): MachineKind[] {
  const named = all.map(({ engine, version, deviceName, threads, instructions }) =>
    [`${engine} ${version}`, deviceName, ...(instructions === undefined ? [] : [instructions]), counted(threads, 'thread')].join(', '),
  )
  return [...Map.groupBy(named, (name) => name)].map(([kind, { length }]) => ({ kind, stages: length })).sort((a, b) => b.stages - a.stages)
}
