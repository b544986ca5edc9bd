import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Project, temporaryProject } from './command.ts'

const pipeline = (seed: number) => `
import { digits, lenet300, sgd, task } from 'espalier'
export default task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1, seed: ${seed} }).init()
`

const objectsOf = (project: Project): string[] =>
  readdirSync(join(project.folder, '.espalier/objects'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))

test('a store is looked after by commands: what it holds, what is damaged, what nothing needs', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1) })
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  const stat = JSON.parse((await project.espalier('store', 'stat', '--json')).stdout)
  expect(stat.results).toEqual({ evaluate: 1, init: 1 })
  expect(await project.espalier('store', 'pin', 'last')).toMatchObject({ code: 0, stdout: 'Pinned 2 stages: gc leaves them.\n' })
  expect(await project.espalier('store', 'unpin', 'evaluate')).toMatchObject({ code: 0, stdout: 'Unpinned a stage.\n' })
  expect((await project.espalier('gc', '--dry-run')).stdout).toMatch(/^Nothing to remove\. .* in 3 objects stay\.$/m)

  expect(await project.espalier('store', 'verify')).toMatchObject({ code: 0 })
  const weights = objectsOf(project)
    .map((file) => ({ file, content: readFileSync(file) }))
    .reduce((a, b) => (a.content.length > b.content.length ? a : b))
  weights.content[500]! ^= 1
  writeFileSync(weights.file, weights.content)
  const found = await project.espalier('store', 'verify')
  expect(found.code).toBe(1)
  expect(found.stdout).toContain('its content does not match its address')
  expect((await project.espalier('store', 'repair')).code).toBe(0)
  expect((await project.espalier('store', 'verify')).code).toBe(0)
  const again = await project.espalier('run', 'one.pipeline.ts', '--json')
  expect(again.stdout).toContain('"event":"stage-done","path":"init"')
  expect((await project.espalier('store', 'verify')).code).toBe(0)
})

test('a wrong command is answered with a sentence and exit code 2', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1) })
  await project.espalier('plan', 'one.pipeline.ts')
  const wrong = [
    [['gc', '--budget', 'much'], 'a size like 500MB, 20GB or 1.5TB'],
    [['store', 'pin', 'nothing'], 'nothing'],
    [['store', 'verify', '--store', 'nowhere'], 'There is no store here.'],
    [['store', 'repair', '--store', 'nowhere'], 'There is no store here.'],
  ] as const
  for (const [args, sentence] of wrong)
    expect(await project.espalier(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) })
})

test('an older Node is refused in one sentence', async () => {
  const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.1.0'})"
  const { code, stderr } = await temporaryProject().start(['--version'], { NODE_OPTIONS: `--import=${older}` }).ended
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^Espalier needs Node 24 or newer; this is Node 20\.1\.0 at .*\.\n$/),
  })
})
