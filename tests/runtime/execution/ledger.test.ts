import { expect, test } from 'vitest'
import type { Stage } from '../../../dsl/graph/stage.ts'
import type { Attachment } from '../../../runtime/execution/computations.ts'
import { type End, Ledger } from '../../../runtime/execution/ledger.ts'
import { StageFailure } from '../../../runtime/problem.ts'
import type { StageResult } from '../../../runtime/store/results.ts'
import { evaluate, graphOf, init, prune, train } from '../plan/stages.ts'

const attachment = {} as Attachment // it is only handed on
const failed: End = { is: 'failed', failure: new StageFailure({ kind: 'engine', transient: false, title: '', facts: [], hint: '' }) }
/** An end with a result of which only the artifact counts. */
const ended = (is: 'hit' | 'run', artifact = 'sha256:0'): End => ({ is, result: { artifact, snapshots: {} } as unknown as StageResult })

/** init i, train t, prunings p and q of it, and an evaluation of each. */
function ledger() {
  const graph = graphOf(init('i'), train('t', 'i'), prune('p', 't'), prune('q', 't'), evaluate('ep', 'p'), evaluate('eq', 'q'))
  const [i, t, p, q, ep, eq] = graph.stages as [Stage, Stage, Stage, Stage, Stage, Stage]
  const states = new Ledger(graph)
  const is = (...stages: readonly Stage[]) => stages.map(({ id }) => states.stateOf(id).is)
  const upTo = (...stages: readonly Stage[]) => {
    for (const stage of stages) states.finish(stage, ended('hit'))
  }
  return { states, i, t, p, q, ep, eq, is, upTo }
}

test('a stage is ready once all its inputs have results, and told then', () => {
  const { states, i, t, p, q, is } = ledger()
  expect(states.ready()).toEqual([i])
  expect(states.finish(i, ended('hit')).ready).toEqual([t])
  states.run(t, 'key', attachment)
  expect(is(i, t, p)).toEqual(['hit', 'running', 'blocked'])
  expect(states.finish(t, ended('run')).ready).toEqual([p, q])
  expect(states.inputsOf(p)).toEqual({ model: 'sha256:0' })
  expect(() => states.inputsOf(states.ready()[0]!)).not.toThrow()
})

test('what needs a failed stage is skipped, inputs first, and the run is finished when every stage has ended', () => {
  const { states, t, p, q, ep, eq, upTo, i } = ledger()
  upTo(i)
  states.run(t, 'key', attachment)
  expect(states.finished).toBe(false)
  expect(states.finish(t, failed)).toEqual({ ready: [], skipped: [p, q, ep, eq] })
  expect([states.count('hit'), states.count('failed'), states.count('skipped'), states.finished]).toEqual([1, 1, 4, true])
})

test('a twin is looked up again when the other one has a result; one behind a shorter training however that ends', () => {
  for (const [end, ready] of [
    [ended('run'), ['ready', 'ready']],
    [failed, ['twin', 'ready']],
    [{ is: 'stopped' }, ['twin', 'ready']],
  ] as const) {
    const graph = graphOf(init('i'), train('t', 'i'), train('u', 'i'), train('v', 'i'))
    const [i, t, u, v] = graph.stages as [Stage, Stage, Stage, Stage]
    const states = new Ledger(graph)
    states.finish(i, ended('hit'))
    states.run(t, 'key', attachment)
    states.wait(u, 'twin', t)
    states.wait(v, 'behind', t)
    expect(states.twinsOf(t)).toEqual([u])
    states.finish(t, end)
    expect([u, v].map(({ id }) => states.stateOf(id).is)).toEqual(ready)
  }
})

test('a stage whose result lacks something is looked up again, and its twins', () => {
  const { states, i, t, p, q, upTo, is } = ledger()
  upTo(i, t)
  states.run(p, 'key', attachment)
  states.wait(q, 'twin', p)
  expect(states.again(p)).toEqual([p, q])
  expect(is(p, q)).toEqual(['ready', 'ready'])
})

test('running stages are found by their key, and nothing else is', () => {
  const { states, i, t, p, q, upTo } = ledger()
  upTo(i, t)
  expect(states.runningWith('key')).toBeUndefined()
  states.run(p, 'key', attachment)
  expect([states.runningWith('key'), states.attachments()]).toEqual([p, [attachment]])
  expect(() => states.run(q, 'key', attachment)).toThrow('q is ready and cannot become running now')
  states.finish(p, ended('run'))
  expect([states.runningWith('key'), states.attachments()]).toEqual([undefined, []])
})

test('a damaged input is made again before the stage that found it, its twins and whatever was about to read it', () => {
  const { states, i, t, p, q, upTo, is } = ledger()
  upTo(i, t)
  states.run(p, 'key', attachment)
  states.wait(q, 'twin', p)
  expect(states.repair(p, [t])).toEqual([t])
  expect(is(t, p, q)).toEqual(['ready', 'blocked', 'blocked'])
  states.run(t, 'again', attachment)
  expect(states.finish(t, ended('run')).ready).toEqual([p, q])
  // Once each.
  states.run(p, 'key', attachment)
  expect(states.repair(p, [t])).toBeUndefined()
  expect(states.stateOf(p.id).is).toBe('running')
})

test('a stage that finds an input damaged which is being made again already waits for it', () => {
  const { states, i, t, p, q, upTo, is } = ledger()
  upTo(i, t)
  states.run(p, 'p', attachment)
  states.run(q, 'q', attachment)
  expect(states.repair(p, [t])).toEqual([t])
  states.run(t, 'again', attachment)
  expect(states.repair(q, [])).toEqual([])
  expect(is(t, p, q)).toEqual(['running', 'blocked', 'blocked'])
  expect(states.finish(t, ended('run')).ready).toEqual([p, q])
})

test('nothing to be made again is nothing repaired', () => {
  const { states, i, t, p, upTo } = ledger()
  upTo(i, t)
  states.run(p, 'key', attachment)
  expect(states.repair(p, [])).toBeUndefined()
})

test('moves that make no sense throw at once', () => {
  const { states, i, t, p, upTo } = ledger()
  expect(() => states.run(t, 'key', attachment)).toThrow('t is blocked and cannot become running now')
  expect(() => states.finish(t, ended('hit'))).toThrow('t is blocked and cannot become hit now')
  expect(() => states.inputsOf(t)).toThrow('t has no model yet')
  upTo(i)
  expect(() => states.finish(i, ended('run'))).toThrow('i is hit and cannot become run now')
  expect(() => states.finish(t, failed)).toThrow('t is ready and cannot become failed now')
  expect(() => states.wait(t, 'twin', i)).toThrow('t is ready and cannot become twin now')
  expect(() => states.again(t)).toThrow('t is ready and cannot become ready now')
  expect(() => states.finish(p, { is: 'stopped' })).toThrow('p is blocked and cannot become stopped now')
  expect(() => states.stateOf('x')).toThrow('no stage has the id x')
})
