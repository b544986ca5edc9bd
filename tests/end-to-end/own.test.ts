/** Everything of the user's own in one pipeline, run by the command as it is built. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { artifactsOf, eventsNamed, newCheckpoint, type PlanDocument, Project, temporaryProject } from './command.ts'
import { ownFiles } from './own-files.ts'

const project = new Project(ownFiles)
afterAll(() => project.remove())
const planned = async (of = project) => (JSON.parse((await of.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument).stages
let expected: Awaited<ReturnType<typeof artifactsOf>>
beforeAll(async () => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json')
  if (code !== 0) throw new Error(`the first run failed:\n${stdout}\n${stderr}`)
  expect(eventsNamed(stdout, 'done')[0]!.results.find(({ path }) => path === 'dense')!.metrics['test/accuracy']).toBeGreaterThan(0.6)
  expected = await artifactsOf(project, 'a.pipeline.ts')
}, 120_000)

test('a custom network is summed up like any other: of the file, and of a stage as long as the file has its function', async () => {
  const parameters = 16 * 24 + 24 + 24 * 3 + 3
  const file = await project.espalier('summary', 'a.pipeline.ts', '--json')
  expect({ code: file.code, stderr: file.stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(file.stdout).networks).toMatchObject([{ title: 'a custom network, the network of dense/init', parameters }])
  const stage = await project.espalier('summary', 'ticket/prune', '--json')
  expect({ code: stage.code, stderr: stage.stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stage.stdout).networks).toMatchObject([
    { title: 'a custom network, what ticket/prune gave', parameters, left: { sparsity: 0.5 } },
  ])

  const [net, pipeline] = [ownFiles['lib/net.ts'], ownFiles['a.pipeline.ts']]
  try {
    project.write('a.pipeline.ts', `${pipeline}console.log('hello')\n`)
    const loud = await project.espalier('summary', 'ticket/prune', '--json')
    expect(JSON.parse(loud.stdout)).toEqual(JSON.parse(stage.stdout))
    expect(loud.stderr).toBe('hello\n')
    project.write('lib/net.ts', net.replace('tf.sigmoid(x)', 'tf.tanh(x)'))
    const gone = await project.espalier('summary', 'ticket/prune')
    expect(gone).toMatchObject({ code: 2, stdout: '' })
    expect(gone.stderr).toMatch(
      /The network of ticket\/prune is a custom one, and no pipeline file has its function as it was\.\n {2}looked in .*a\.pipeline\.ts\n/,
    )
  } finally {
    project.write('lib/net.ts', net)
    project.write('a.pipeline.ts', pipeline)
  }
})

test('custom criterion, loss, layer, model, data and stage: the second run is all hits', async () => {
  expect(Object.keys(expected)).toEqual([
    'dense/init',
    'dense/train',
    'dense/evaluate',
    'ticket/prune',
    'ticket/finetune',
    'ticket/evaluate',
    'rounded/rounded',
    'rounded/evaluate',
    'taught/distill',
    'taught/evaluate',
  ])
  const again = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect(eventsNamed(again.stdout, 'done')[0]).toMatchObject({ ok: true, stages: { total: 10, hit: 10, run: 0 } })
})

test('a constant in a helper two files away changes exactly the stages that use it, and why names the helper', async () => {
  try {
    project.write('lib/scale.ts', 'export const scale = (x: number): number => x * 0.25\n')
    const open = (await planned()).filter(({ status }) => status !== 'hit')
    expect(open.map(({ path, status }) => [path, status])).toEqual([
      ['ticket/prune', 'run'],
      ['ticket/finetune', 'unknown'],
      ['ticket/evaluate', 'unknown'],
      ['rounded/rounded', 'unknown'],
      ['rounded/evaluate', 'unknown'],
    ])
    const { stdout } = await project.espalier('why', 'a.pipeline.ts', 'ticket/prune')
    expect(stdout).toMatch(/helper scale\(\) in lib\/scale\.ts changed/)
    expect(stdout).toMatch(/^-.*x \* 0\.5$/m)
    expect(stdout).toMatch(/^\+.*x \* 0\.25$/m)
  } finally {
    project.write('lib/scale.ts', ownFiles['lib/scale.ts'])
  }
})

test('renamed, annotated, reformatted: nothing changes; data are known by what they hold, not by how they are made', async () => {
  try {
    project.write(
      'lib/scale.ts',
      '/** Halves. */\nexport function half(x: number) { return x * 0.5 }\nexport const scale = (value: number) =>\n  value * 0.5\n',
    )
    project.write('lib/dots.ts', ownFiles['lib/dots.ts'].replace('p < 16', 'p <= 15'))
    expect((await planned()).every(({ status }) => status === 'hit')).toBe(true)
    project.write('lib/dots.ts', ownFiles['lib/dots.ts'].replace('numbers(7)', 'numbers(8)'))
    expect((await planned()).filter(({ status }) => status === 'run').map(({ path }) => path)).toEqual(['dense/train'])
  } finally {
    for (const name of ['lib/scale.ts', 'lib/dots.ts'] as const) project.write(name, ownFiles[name])
  }
})

test('killed in the middle of each training with all its processes, it goes on to the same bits', async () => {
  const command = ['run', 'a.pipeline.ts', '--json', '--threads', '1', '--slots', '1', '--checkpoint-every', '0.05', '--set', 'epochs=40']
  const undisturbed = temporaryProject(ownFiles)
  expect((await undisturbed.espalier(...command)).code).toBe(0)
  const whole = await artifactsOf(undisturbed, 'a.pipeline.ts', '--set', 'epochs=40')
  const killed = temporaryProject(ownFiles)
  for (const path of ['dense/train', 'taught/distill']) {
    const running = killed.start(command)
    await running.says(`"event":"progress","path":"${path}"`)
    await newCheckpoint(killed)
    running.killAll('SIGKILL')
    await running.ended
  }
  const last = await killed.espalier(...command)
  expect(last.code).toBe(0)
  expect(eventsNamed(last.stdout, 'done')[0]!.stages.resumed).toBe(1)
  expect(await artifactsOf(killed, 'a.pipeline.ts', '--set', 'epochs=40')).toEqual(whole)
})

const small = `import { criterion, digits, lenet300, loss, sgd, stage, task } from 'espalier'
const { init, train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 })
`

test('a function that throws fails its stage alone, at once, with the lines of the user and no others', async () => {
  const own = temporaryProject({
    'lib/deep.ts':
      'export const deep = (weights: Float32Array): Float32Array => {\n  if (weights.length === 1000) throw new RangeError("a layer of " + weights.length)\n  return weights\n}\n',
    'a.pipeline.ts': `${small}import { deep } from './lib/deep.ts'\nexport default init().train().prune(criterion(0.5, (weights) => deep(weights))).finetune()\n`,
  })
  const { code, stdout } = await own.espalier('run', 'a.pipeline.ts', '--json')
  expect(code).toBe(1)
  expect(eventsNamed(stdout, 'retry')).toEqual([])
  const [failure] = eventsNamed(stdout, 'stage-failed')
  expect(failure).toMatchObject({ path: 'prune', problem: { title: 'Your criterion threw an error.' } })
  const facts = failure!.problem.facts
  expect(facts).toContainEqual(['error', 'a layer of 1000'])
  expect(facts.filter(([label]) => label === 'at').map(([, at]) => at)).toEqual([
    `${join(own.folder, 'lib/deep.ts')}:2:38`,
    `${join(own.folder, 'a.pipeline.ts')}:4:65`,
  ])
  expect(facts.find(([label]) => label === 'code')![1]).toContain('> 2 |   if (weights.length === 1000) throw')
})

test('a file that changed between the plan and the stage is refused rather than run as something else', async () => {
  const text = (by: number) =>
    `${small}export default train({ epochs: 6 }).pipe(stage('scaled', ({ weights }) => new Map(Array.from(weights, ([name, w]) => [name, w.map((x) => x * ${by})]))))\n`
  const own = temporaryProject({ 'a.pipeline.ts': text(0.5) })
  const running = own.start(['run', 'a.pipeline.ts', '--json'])
  await running.says('"event":"progress"')
  own.write('a.pipeline.ts', text(0.25))
  const { code, stdout } = await running.ended
  expect(code).toBe(1)
  expect(eventsNamed(stdout, 'stage-failed')[0]).toMatchObject({
    path: 'scaled',
    problem: { title: 'The file changed since it was planned: one of your functions is not in it any more as it was.' },
  })
  const again = await own.espalier('run', 'a.pipeline.ts', '--json')
  expect(again.code).toBe(0)
  expect(eventsNamed(again.stdout, 'done')[0]!.stages).toMatchObject({ hit: 2, run: 2 })
})

test('data read from files are made again when a file changes, and only then', async () => {
  const own = temporaryProject({
    'labels.json': JSON.stringify(Array.from({ length: 90 }, (_, i) => i % 3)),
    'a.pipeline.ts': `import { readFileSync } from 'node:fs'
import { data, sgd, task } from 'espalier'
import { net } from './lib/net.ts'
const loaded = data(3, () => {
  console.log('made')
  const labels = Int32Array.from(JSON.parse(readFileSync(${JSON.stringify('LABELS')}, 'utf8')) as number[])
  const split = { images: new Float32Array(labels.length * 16).fill(0.5), labels }
  return { input: [4, 4, 1], train: split, validation: split, test: split }
})
export default task({ model: net, data: loaded, optimizer: sgd({ lr: 0.1 }), epochs: 1, batch: 10 }).train()
`,
    'lib/net.ts': ownFiles['lib/net.ts'],
  })
  own.write('a.pipeline.ts', own.read('a.pipeline.ts').replace('LABELS', join(own.folder, 'labels.json')))
  const made = async () => (await own.espalier('run', 'a.pipeline.ts')).stderr.includes('made')
  expect(await made()).toBe(true)
  expect(await made()).toBe(false)
  own.write('labels.json', JSON.stringify(Array.from({ length: 90 }, (_, i) => (i + 1) % 3)))
  const { stages } = JSON.parse((await own.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument
  expect(stages.map(({ kind, status }) => [kind, status])).toEqual([
    ['init', 'hit'],
    ['train', 'run'],
    ['evaluate', 'unknown'],
  ])
  rmSync(join(own.folder, 'labels.json'))
  const gone = await own.espalier('plan', 'a.pipeline.ts')
  expect(gone.code).toBe(2)
  expect(gone.stderr).toMatch(/ENOENT/)
  expect(gone.stderr).toMatch(/a\.pipeline\.ts:6:/)
})
