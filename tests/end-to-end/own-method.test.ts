/** The example of a criterion, a loss and a method that are not in the library: cached, explained and resumed like the library's own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { artifactsOf, eventsNamed, temporaryProject } from './command.ts'

const text = readFileSync(join(import.meta.dirname, '../../examples/own-method.pipeline.ts'), 'utf8')
const files = { 'a.pipeline.ts': text }
const set = ['--set', 'scale=minimal', '--threads', '1', '--slots', '1']
const command = ['run', 'a.pipeline.ts', '--json', '--checkpoint-every', '0.05', ...set]

test('it is under 60 lines', () => {
  expect(text.trimEnd().split('\n').length).toBeLessThan(60)
})

test('killed in the middle of its own training it goes on to the same bits; then all is there, and a change of its criterion is told', async () => {
  const [killed, undisturbed] = [temporaryProject(files), temporaryProject(files)]
  const running = killed.start(command)
  await running.says('"event":"progress","path":"seed=0/heirloom/distill"')
  running.killAll('SIGKILL')
  await running.ended
  const continued = await killed.espalier(...command)
  expect(continued.code).toBe(0)
  expect(eventsNamed(continued.stdout, 'done')[0]!.stages.hit).toBeGreaterThan(0)
  expect((await undisturbed.espalier(...command)).code).toBe(0)
  expect(await artifactsOf(killed, 'a.pipeline.ts', ...set)).toEqual(await artifactsOf(undisturbed, 'a.pipeline.ts', ...set))

  const sparsities = eventsNamed(continued.stdout, 'done')[0]!.results.map(({ metrics }) => metrics.sparsity)
  expect(sparsities[0]).toBe(0)
  for (const sparsity of sparsities.slice(1)) expect(sparsity).toBeCloseTo(0.95, 4)

  killed.write('a.pipeline.ts', text.replace('weight * weight', 'Math.abs(weight)'))
  const { stdout } = await killed.espalier('why', 'a.pipeline.ts', 'seed=0/heirloom/prune', ...set)
  expect(stdout).toMatch(/function lamp changed/)
  expect(stdout).toMatch(/^\+.*Math\.abs\(weight\)/m)
  killed.write('a.pipeline.ts', text.replace('tf.mul(0.5, soft)', 'tf.mul(0.4, soft)'))
  const plan = JSON.parse((await killed.espalier('plan', 'a.pipeline.ts', '--json', ...set)).stdout) as {
    stages: { path: string; status: string; reasons: string[] }[]
  }
  expect(plan.stages.filter(({ status }) => status === 'run').map(({ path }) => path)).toEqual(['seed=0/heirloom/distill'])
}, 240_000)
