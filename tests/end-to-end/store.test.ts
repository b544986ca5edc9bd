import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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

test('bit rot that leaves size and time as they were is noticed by run --verify, which computes again what is damaged', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1) })
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  const weights = objectsOf(project).reduce((a, b) => (statSync(a).size > statSync(b).size ? a : b))
  const { atime, mtime } = statSync(weights)
  utimesSync(weights, atime, mtime) // times of whole milliseconds, which can be set again
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  const content = readFileSync(weights)
  content[500]! ^= 1
  writeFileSync(weights, content)
  utimesSync(weights, atime, mtime)
  const trusting = await project.espalier('run', 'one.pipeline.ts', '--json')
  expect(trusting.stdout).toContain('"run":0')
  const careful = await project.espalier('run', 'one.pipeline.ts', '--verify', '--json')
  expect(careful.code).toBe(0)
  expect(careful.stdout).toContain('"event":"stage-done","path":"init"')
  expect(careful.stdout).toContain('its artifact is damaged')
  expect(readdirSync(join(project.folder, '.espalier/quarantine'))).toHaveLength(1)
  expect(await project.espalier('store', 'verify')).toMatchObject({ code: 0 })
})

test('a store that came with a repository, and a link in it: every command refuses it, and nothing at its target is touched', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1), 'mine/thesis.tex': 'precious', 'mine/functions.json': '{}' })
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  for (const name of ['thesis.tex', 'functions.json']) utimesSync(join(project.folder, 'mine', name), 1, 1)
  rmSync(join(project.folder, '.espalier/tmp'), { recursive: true, force: true })
  symlinkSync('../mine', join(project.folder, '.espalier/tmp'))
  const commands = [
    ['runs'],
    ['show', 'last'],
    ['store', 'stat'],
    ['store', 'verify'],
    ['store', 'repair'],
    ['gc'],
    ['plan', 'one.pipeline.ts'],
  ]
  for (const command of commands)
    expect(await project.espalier(...command)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no folder of the store[\s\S]*a link to \.\.\/mine/),
    })
  expect(readdirSync(join(project.folder, 'mine')).sort()).toEqual(['functions.json', 'thesis.tex'])
})

test('an index that is lost, or in which something stands that nobody wrote, is said so by every command and comes back by repair', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1) })
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  const index = join(project.folder, '.espalier/index.sqlite')
  const change = (sql: string) => {
    const db = new DatabaseSync(index)
    db.exec(sql)
    db.close()
  }
  const damages: readonly (readonly [() => void, readonly string[][]])[] = [
    [
      () => writeFileSync(index, ''),
      [
        ['plan', 'one.pipeline.ts'],
        ['store', 'stat'],
        ['store', 'verify'],
        ['gc', '--dry-run'],
      ],
    ],
    [() => rmSync(index), [['run', 'one.pipeline.ts'], ['runs']]],
    [() => change(`UPDATE results SET metrics = '{"a":1x}'`), [['plan', 'one.pipeline.ts']]],
    [() => change(`UPDATE results SET snapshots = '{'`), [['gc', '--dry-run']]],
  ]
  for (const [damage, commands] of damages) {
    damage()
    for (const command of commands)
      expect(await project.espalier(...command)).toMatchObject({ code: 2, stderr: expect.stringContaining('espalier store repair') })
    expect((await project.espalier('store', 'repair')).stdout).toMatch(/2 results from logs of runs/)
    expect(await project.espalier('store', 'verify')).toMatchObject({ code: 0 })
    expect((await project.espalier('run', 'one.pipeline.ts', '--json')).stdout).toContain('"hit":2,"run":0')
  }
})

test('gc says what goes when only files do', async () => {
  const project = temporaryProject({ 'one.pipeline.ts': pipeline(1) })
  expect((await project.espalier('run', 'one.pipeline.ts')).code).toBe(0)
  const orphan = `.espalier/objects/${'ab'.repeat(32).replace(/^../, '$&/')}`
  project.write(orphan, 'left by a killed run')
  utimesSync(join(project.folder, orphan), 1, 1)
  expect(await project.espalier('gc', '--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Would remove 0 results and 1 file'),
  })
  expect(JSON.parse((await project.espalier('gc', '--dry-run', '--json')).stdout).objects).toHaveLength(1)
  expect((await project.espalier('gc')).stdout).toContain('Removed 0 results and 1 file')
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
    stderr: expect.stringMatching(/^Espalier needs Node 22\.18 or newer, but not 23; this is Node 20\.1\.0 at .*\.\n$/),
  })
})
