/** The examples of a language model and of a transformer, made smaller: run, killed and resumed, pruned, measured, explained. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { artifactsOf, eventsNamed, newCheckpoint, type PlanDocument, temporaryProject } from './command.ts'

/** An example with parts of it replaced, each of which it has once. */
function smaller(example: string, changes: { readonly [part: string]: string }): string {
  const whole = readFileSync(join(import.meta.dirname, `../../examples/${example}.pipeline.ts`), 'utf8')
  return Object.entries(changes).reduce((text, [part, change]) => {
    expect([part, text.split(part).length - 1]).toEqual([part, 1])
    return text.replace(part, change)
  }, whole)
}

/** Thirty thousand characters. */
const book = gunzipSync(readFileSync(join(import.meta.dirname, '../../dist/data/moby-dick.txt.gz')))
  .toString('utf8')
  .slice(0, 30_000)
const set = ['--set', 'scale=minimal', '--threads', '1']
const command = ['run', 'a.pipeline.ts', '--json', '--slots', '1', '--checkpoint-every', '0.01', ...set]

/** Runs a file twice, once with a kill while the stage at `path` trains, and gives the project of that one with its results. */
async function killedAndResumed(text: string, path: string, others: { readonly [name: string]: string } = {}) {
  const files = { 'a.pipeline.ts': text, ...others }
  const [killed, undisturbed] = [temporaryProject(files), temporaryProject(files)]
  const running = killed.start(command)
  await running.says(`"event":"progress","path":"${path}"`)
  await newCheckpoint(killed)
  running.killAll('SIGKILL')
  await running.ended
  const { stages } = JSON.parse((await killed.espalier('plan', 'a.pipeline.ts', '--json', ...set)).stdout) as PlanDocument
  expect(stages.find((stage) => stage.path === path)?.status).toBe('resume')
  const continued = await killed.espalier(...command)
  expect(continued.stderr).toBe('')
  expect((await undisturbed.espalier(...command)).code).toBe(0)
  expect(await artifactsOf(killed, 'a.pipeline.ts', ...set)).toEqual(await artifactsOf(undisturbed, 'a.pipeline.ts', ...set))
  const { results } = eventsNamed(continued.stdout, 'done')[0]!
  const why = async (changed: string, stage: string): Promise<string> => {
    killed.write('a.pipeline.ts', changed)
    return (await killed.espalier('why', 'a.pipeline.ts', stage, ...set)).stdout
  }
  return { why, metrics: new Map(results.map((result) => [result.path.replace('seed=0/', ''), result.metrics])) }
}

test('an LSTM that predicts letters: DSD and its controls', async () => {
  const text = smaller('text', {
    'units: 16, first: 1': 'units: 8, first: 2',
    'mobyDick({ length, vocabulary: 64 })': "text({ from: 'book.txt', length, vocabulary: 64 })",
    'mobyDick, params': 'params',
    'task }': 'task, text }',
    'batch: 64': 'batch: 32',
  })
  const { metrics, why } = await killedAndResumed(text, 'seed=0/dense/train', { 'book.txt': book })
  expect([...metrics.keys()]).toEqual(['dense', 'sparse', 'denseContinued', 'dsd'])
  for (const [arm, measured] of metrics) {
    expect([arm, measured.sparsity]).toEqual([arm, arm === 'sparse' ? 0.5 : 0])
    expect(measured['test/perplexity']).toBeCloseTo(Math.exp(measured['test/loss']!), 6)
    // All 64 are equally likely before anything is learned.
    expect(measured['test/perplexity']).toBeLessThan(40)
    expect(measured['test/perplexity']).toBeGreaterThan(5)
  }
  const told = await why(text.replace('sparsity: 0.5', 'sparsity: 0.25'), 'seed=0/sparse/prune')
  expect(told).toMatch(/sparsity.*0\.5 → 0\.25/)
}, 480_000)

test('a vision transformer that loses heads and units: the pruned, the rewound and the taught one', async () => {
  const text = smaller('transformer', {
    'vit(2, { patch: 7, width: 48, heads: 4, mlp: 96 })': 'vit(1, { patch: 14, width: 8, heads: 2, mlp: 16 })',
    'bnConv([16, 32, 32])': 'bnConv([2])',
    'weightDecay: 0.05 }), epochs }': 'weightDecay: 0.05 }), epochs, batch: 256 }',
  })
  const { metrics, why } = await killedAndResumed(text, 'seed=0/dense/train')
  expect([...metrics.keys()]).toEqual(['dense', 'teacher', 'finetuned', 'rewound', 'reinit', 'hybrid'])
  const dense = metrics.get('dense')!
  expect(dense['test/accuracy']).toBeGreaterThan(0.13)
  for (const arm of ['finetuned', 'rewound', 'reinit', 'hybrid']) {
    const { parameters, macs } = metrics.get(arm)!
    expect([arm, parameters! < dense.parameters!, macs! < dense.macs!]).toEqual([arm, true, true])
  }
  expect(metrics.get('hybrid')!['test/teacher-agreement']).toBeGreaterThan(0.1)
  const told = await why(
    text.replace('distill(teacher)', 'distill(teacher, kd({ temperature: 2 }))').replace('  params,', '  kd,\n  params,'),
    'seed=0/hybrid/distill',
  )
  expect(told).toMatch(/temperature.*4 → 2/)
}, 480_000)
