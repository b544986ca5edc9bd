/** The routes, by name. Every response is bounded, and no request contains a file system path. */
import type { Route } from './context.ts'
import type { Keeping } from './kept-answers.ts'
import { machine } from './machine.ts'
import { remark, run, runStudy, runs, runTimeline } from './runs.ts'
import { compare, curve, log, masks, object, pin, stage, stages } from './stages.ts'
import { graph, runGraph, site, states, study, studyCurves } from './study.ts'

export const reads: { readonly [name: string]: Route } = {
  site,
  runs,
  run,
  'run-study': runStudy,
  'run-graph': runGraph,
  timeline: runTimeline,
  stage,
  stages,
  curve,
  masks,
  log,
  object,
  compare,
  study,
  curves: studyCurves,
  graph,
  states,
  machine,
}

/** Routes that every open page polls during a run. */
export const kept: { readonly [name: string]: Keeping } = {
  runs: { topics: ['runs'], counts: 1000 },
  states: { topics: ['plan', 'graph'], counts: 200 },
  machine: { topics: [], counts: 500 },
}

/** The routes that change a store; all others are read only. */
export const changes: { readonly [name: string]: Route } = { pin, remark }
