import { hash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, eventsNamed, eventsOf, type PlanDocument, Project, study, temporaryProject } from './command.ts'

const project = new Project({ 'a.pipeline.ts': study() })
afterAll(() => project.remove())

let planned: Ended
let first: Ended
beforeAll(async () => {
  planned = await project.espalier('plan', 'a.pipeline.ts', '--json')
  first = await project.espalier('run', 'a.pipeline.ts', '--json')
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
  expect(await project.espalier('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
})

test('plan --json is one document: first stages run, the others wait for them', () => {
  expect(planned.code).toBe(0)
  const document = JSON.parse(planned.stdout) as PlanDocument
  expect(Object.keys(document)).toEqual([
    'view',
    'version',
    'file',
    'targets',
    'counts',
    'trainingSteps',
    'seconds',
    'warnings',
    'stages',
    'edges',
    'arms',
  ])
  expect(document).toMatchObject({ file: 'a.pipeline.ts', targets: ['default'] })
  for (const stage of document.stages) expect(Object.keys(stage)).toEqual(['path', 'kind', 'status', 'key', 'artifact', 'reasons'])
  const byPath = new Map(document.stages.map((stage) => [stage.path, stage]))
  expect(byPath.get('seed=0/dense/init')).toMatchObject({ kind: 'init', status: 'run', artifact: null, reasons: ['never run'] })
  expect(byPath.get('seed=0/hybrid/distill')).toMatchObject({ kind: 'distill', status: 'unknown', key: null })
})

test('run --json is an event a line, and the last has counts and results', () => {
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const events = eventsOf(first.stdout)
  expect(events[0]).toMatchObject({ event: 'start', file: 'a.pipeline.ts' })
  const last = events.at(-1)!
  if (last.event !== 'done') throw new Error(`the last event is ${last.event}`)
  const { total } = last.stages
  expect(last).toMatchObject({ ok: true, stages: { total, hit: 0, run: total, resumed: 0, failed: 0, skipped: 0 } })
  expect(last.seconds).toBeGreaterThan(0)
  expect(last.results.map(({ path }) => path)).toEqual(['seed=0/dense', 'seed=0/teacher', 'seed=0/pruned', 'seed=0/hybrid'])
  for (const { artifact, metrics } of last.results) {
    expect(artifact).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(metrics['test/accuracy']).toBeGreaterThan(0.85)
  }
  expect(last.results.find(({ path }) => path === 'seed=0/hybrid')?.metrics.sparsity).toBe(0.9)
  // Equal prefixes are one stage: the pruning that two arms share ran once.
  expect(eventsNamed(first.stdout, 'stage-done').filter(({ kind }) => kind === 'prune')).toHaveLength(1)
})

test('again, all is there, with no worker to start and no engine to load, and the same results', async () => {
  const alone = new Project().withoutWorker()
  try {
    const file = join(project.folder, 'a.pipeline.ts')
    const again = await alone.start(['run', file, '--json'], { ESPALIER_TENSORFLOW: '/nowhere' }).ended
    expect(again).toMatchObject({ code: 0, stderr: '' })
    const { stages, results } = eventsNamed(again.stdout, 'done')[0]!
    expect(stages).toMatchObject({ hit: stages.total, run: 0, resumed: 0 })
    expect(results).toEqual(eventsNamed(first.stdout, 'done')[0]!.results)

    const seen = (await alone.start(['run', file], { ESPALIER_TENSORFLOW: '/nowhere' }).ended).stdout
    expect(seen).toMatch(/test accuracy % .* sparsity +compression +speed-up +Δ to dense/)
    for (const arm of ['dense', 'teacher', 'pruned', 'hybrid']) expect(seen).toMatch(new RegExp(`^${arm} +\\d\\d\\.\\d\\d`, 'm'))
    expect(seen).not.toMatch(/[0-9a-f]{12}/)

    // The proof that this project could not have run anything.
    alone.write('b.pipeline.ts', study())
    const refused = await alone.start(['run', 'b.pipeline.ts'], { ESPALIER_TENSORFLOW: '/nowhere' }).ended
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('espalier engine install')
  } finally {
    alone.remove()
  }
})

test('a run that finds everything leaves every byte of the store as it was', async () => {
  const store = join(project.folder, '.espalier')
  const files = () =>
    Object.fromEntries(
      readdirSync(store, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((file) => [file, { written: statSync(file).mtimeMs, content: hash('sha256', readFileSync(file)) }]),
    )
  // What is found the first time is read whole, and noted as sound.
  await project.espalier('run', 'a.pipeline.ts')
  const before = files()
  expect(Object.keys(before).length).toBeGreaterThan(20)
  const { code, stdout } = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect(code).toBe(0)
  const { stages } = eventsNamed(stdout, 'done')[0]!
  expect(stages.hit).toBe(stages.total)
  expect(files()).toEqual(before)
})

test('forced, the arms that are asked for are computed again, to the same bytes, and no others', async () => {
  const made = (stdout: string) => new Map(eventsNamed(stdout, 'stage-done').map(({ path, artifact }) => [path, artifact]))
  const { code, stdout } = await project.espalier('run', 'a.pipeline.ts', '--force', '--only', 'seed=0/t*r', '--json')
  expect(code).toBe(0)
  const [before, again] = [made(first.stdout), made(stdout)]
  expect([...again.keys()].sort()).toEqual([...before.keys()].filter((path) => path.startsWith('seed=0/teacher/')).sort())
  for (const [path, artifact] of again) expect(artifact).toBe(before.get(path))
  expect(eventsNamed(stdout, 'done')[0]!.results.map(({ path }) => path)).toEqual(['seed=0/teacher'])
})

test('forced where nothing can be computed, it loses nothing of what was there', async () => {
  const alone = new Project().withoutWorker()
  try {
    const file = join(project.folder, 'a.pipeline.ts')
    const { code } = await alone.start(['run', file, '--force', '--json'], { ESPALIER_TENSORFLOW: '/nowhere' }).ended
    expect(code).not.toBe(0)
    const again = await alone.start(['run', file, '--json'], { ESPALIER_TENSORFLOW: '/nowhere' }).ended
    const { stages } = eventsNamed(again.stdout, 'done')[0]!
    expect(stages).toMatchObject({ hit: stages.total, run: 0 })
  } finally {
    alone.remove()
  }
})

test('another sparsity in one arm: plan tells, and run does, only that arm after the prefix', async () => {
  project.write('a.pipeline.ts', study({ sparsity: 0.8 }))
  const { stages } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument
  const open = stages.filter(({ status }) => status !== 'hit')
  expect(open.map(({ path }) => path)).toEqual(['seed=0/pruned/prune', 'seed=0/pruned/finetune', 'seed=0/pruned/evaluate'])
  expect(open[0]).toMatchObject({ status: 'run', reasons: ['sparsity 0.9 → 0.8'] })

  const shown = (await project.espalier('plan', 'a.pipeline.ts')).stdout
  expect(shown).toMatch(/→ run +prune +sparsity 0\.9 → 0\.8/)
  const { code, stdout } = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect(code).toBe(0)
  expect(eventsNamed(stdout, 'stage-start').map(({ path }) => path)).toEqual(open.map(({ path }) => path))
})

test('a training that diverges fails with its step, what depends on it is skipped, the other arms are finished: exit code 1', async () => {
  const own = temporaryProject({ 'a.pipeline.ts': study({ lr: 1e9, epochs: 1 }) })
  const { code, stdout } = await own.espalier('run', 'a.pipeline.ts', '--json')
  expect(code).toBe(1)
  const [failure, ...others] = eventsNamed(stdout, 'stage-failed')
  expect(others).toEqual([])
  expect(failure).toMatchObject({ path: 'seed=0/teacher/train' })
  expect(failure!.problem.title).toMatch(/diverged|not finite/)
  expect(eventsNamed(stdout, 'retry')).toEqual([])
  const [end] = eventsNamed(stdout, 'done')
  expect(end).toMatchObject({ ok: false, interrupted: false, stages: { failed: 1 } })
  expect(end!.results.map(({ path }) => path)).toEqual(['seed=0/dense', 'seed=0/pruned'])
  expect(eventsNamed(stdout, 'stage-skipped').map(({ path }) => path)).toContain('seed=0/hybrid/distill')

  const shown = await own.espalier('run', 'a.pipeline.ts')
  expect(shown.code).toBe(1)
  expect(shown.stdout).toContain('✗ seed=0/teacher/train')
})
