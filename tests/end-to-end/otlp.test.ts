import { afterAll, expect, onTestFinished, test } from 'vitest'
import { nobody, receiver } from '../runtime/interop/otlp/receiver.ts'
import { eventsNamed, eventsOf, Project, temporaryProject } from './command.ts'
import { inTerminal } from './terminal.ts'

const project = new Project({
  'a.pipeline.ts': `
import { compare, digits, lenet300, sgd, task } from 'espalier'
const arm = (lr: number) => task({ model: lenet300(), data: digits(), optimizer: sgd({ lr }), epochs: 1 }).train()
export const good = arm(0.1)
export default compare({ good, bad: arm(1e9) })
`,
})
afterAll(() => project.remove())

test('a run tells a receiver of its stages: what ran, in which worker, what failed; then what was there', async () => {
  const first = await receiver()
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json', '--otlp', first.url)
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(eventsOf(stdout).at(-1)!.event).toBe('done')
  const run = first.spans.find(({ name }) => name === 'run')!
  expect(run).toMatchObject({ status: { code: 2, message: '1 of 5 stages failed.' }, attributes: { file: 'a.pipeline.ts', stages: 5 } })
  expect(Object.fromEntries(first.spans.map(({ name, attributes }) => [name, attributes.cache]))).toEqual({
    run: undefined,
    'good/init': 'run',
    'good/train': 'run',
    'good/evaluate': 'run',
    'bad/train': 'failed',
    'bad/evaluate': 'skipped',
  })
  for (const { path, kind, key, worker } of eventsNamed(stdout, 'stage-start')) {
    const { attributes, parentSpanId } = first.spans.find(({ name }) => name === path)!
    expect({ parentSpanId, attributes }).toMatchObject({ parentSpanId: run.spanId, attributes: { path, kind, key, retries: 0 } })
    expect(worker).toBe(attributes['worker.pid'])
    expect(attributes).toMatchObject({ 'worker.pid': expect.any(Number), engine: 'tensorflow', device: 'cpu', threads: expect.any(Number) })
  }

  const second = await receiver()
  expect(await project.espalier('run', 'a.pipeline.ts#good', '--otlp', second.url)).toMatchObject({ code: 0, stderr: '' })
  expect(second.spans.map(({ name, attributes, status }) => [name.replace(/^.*\//, ''), attributes.cache, status.code])).toEqual([
    ['init', 'hit', 1],
    ['train', 'hit', 1],
    ['evaluate', 'hit', 1],
    ['run', undefined, 1],
  ])
})

test('watching tells it of every run: what an edit took out has stopped, what stayed goes on in the next run, what was there is a hit', async () => {
  const file = 'watched.pipeline.ts'
  const study = (arms: string) => `
import { compare, digits, lenet300, sgd, task } from 'espalier'
const arm = (lr: number, epochs: number) => task({ model: lenet300(), data: digits(), optimizer: sgd({ lr }), epochs }).train()
export default compare({ ${arms} })
`
  const watched = temporaryProject({ [file]: study('first: arm(0.05, 1), long: arm(0.05, 1000)') })
  const { url, spans } = await receiver()
  const terminal = inTerminal(watched, ['watch', file, '--slots', '1', '--threads', '1', '--otlp', url])
  onTestFinished(() => terminal.end())
  await terminal.says(/epoch \d+\/1000/)
  watched.write(file, study('first: arm(0.05, 1), second: arm(0.04, 1)'))
  await terminal.says('Press h for the keys')
  terminal.type('q')
  expect(await terminal.ended).toBe(0)

  const runs = spans.filter(({ name }) => name === 'run').sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)))
  expect(runs.map(({ attributes }) => attributes.file)).toEqual([file, file])
  const told = (run: (typeof runs)[number]) =>
    Object.fromEntries(
      spans.filter(({ parentSpanId }) => parentSpanId === run.spanId).map(({ name, attributes }) => [name, attributes.cache]),
    )
  const [before, after] = runs.map(told)
  // On a busy machine the long training takes the slot before the short one's result is stored, and its evaluation comes in the next run.
  const evaluated = before!['first/evaluate'] === 'run'
  expect(before).toEqual({
    'first/init': 'run',
    'first/train': 'run',
    ...(evaluated ? { 'first/evaluate': 'run' } : {}),
    'long/train': 'stopped',
  })
  expect(after).toEqual({
    'first/init': 'hit',
    'first/train': 'hit',
    'first/evaluate': evaluated ? 'hit' : 'run',
    'second/train': 'run',
    'second/evaluate': 'run',
  })
  const worked = spans.find(({ name }) => name === 'second/train')!
  expect(worked.attributes).toMatchObject({ 'worker.pid': expect.any(Number), engine: 'tensorflow', device: 'cpu', threads: 1 })
  // One process has watched it all, and its worker stayed warm.
  expect(worked.attributes['worker.pid']).toBe(spans.find(({ name }) => name === 'first/train')!.attributes['worker.pid'])
})

test('a receiver that is down or never answers costs a warning at the end, and nothing else', async () => {
  const without = await project.espalier('run', 'a.pipeline.ts#good')
  for (const url of [await nobody(), (await receiver('never')).url]) {
    const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts#good', '--otlp', url)
    expect({ code, results: stdout.split('\n').filter((line) => line.startsWith('hit')) }).toEqual({
      code: 0,
      results: without.stdout.split('\n').filter((line) => line.startsWith('hit')),
    })
    expect(stderr).toMatch(/^4 of 4 spans did not reach the receiver of --otlp\.\n {2}receiver .*\n {2}because .*\n[^\n]*\n$/)
  }
})

test('what is no address is refused before anything starts', async () => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--otlp', 'localhost:4318')
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('an http or https address, such as http://127.0.0.1:4318')
})
