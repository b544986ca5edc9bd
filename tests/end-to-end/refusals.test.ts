import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Project, study, temporaryProject } from './command.ts'

const head = `import { adam, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
`

const files = {
  'good.pipeline.ts': `${head}export const dense = train()\nexport default train()\n`,
  'throws.pipeline.ts': "const lr = 1\nthrow new Error('no such thing')\n",
  'loops.pipeline.ts': 'for (;;) {}\n',
  'prune.pipeline.ts': `${head}export default train().prune(90).finetune()\n`,
  'order.pipeline.ts': `${head}export default train().prune(0.9).rewind('early').train()\n`,
  'exports.pipeline.ts': `${head}export const note = 'nothing here'\n`,
}

const refused = new Project(files)
afterAll(() => refused.remove())

test.each([
  ['throws', ['throws.pipeline.ts'], [/threw an error/, /no such thing/, /throws\.pipeline\.ts:2:7/, /> 2 \| throw new Error/]],
  ['never finishes loading', ['loops.pipeline.ts', '--load-timeout', '1'], [/did not finish loading in 1 s\./, /loops\.pipeline\.ts/]],
  ['prunes 90', ['prune.pipeline.ts'], [/fraction removed/, /value +90/, /prune\.pipeline\.ts:3:24/, /Write 0\.9 for 90 %/]],
  ['rewinds to nothing', ['order.pipeline.ts'], [/early/, /order\.pipeline\.ts:3/]],
  ['exports no pipeline', ['exports.pipeline.ts'], [/exports no pipeline/, /exports +note/]],
  ['has no such target', ['good.pipeline.ts#dence'], [/no target called 'dence'/, /Did you mean good\.pipeline\.ts#dense\?/]],
  ['is not there', ['none.pipeline.ts'], [/The pipeline file does not exist/, /none\.pipeline\.ts/]],
  ['comes with an unknown flag', ['good.pipeline.ts', '--slotz', '3'], [/There is no flag --slotz\. Did you mean --slots\?/]],
])('a file that %s: exit code 2, the reason on stderr, nothing on stdout', async (_, args, says) => {
  for (const command of ['run', 'plan']) {
    const { code, stdout, stderr } = await refused.espalier(command, ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    for (const pattern of says) expect(stderr).toMatch(pattern)
    expect(stderr).not.toMatch(/node:internal|espalier\/dist/)
  }
})

test('a file that waits in a system call is given up as one that loops is', async () => {
  const project = temporaryProject({ 'waits.pipeline.ts': "import { readFileSync } from 'node:fs'\nreadFileSync('fifo')\n" })
  execFileSync('mkfifo', [join(project.folder, 'fifo')])
  const { code, stderr, seconds } = await project.espalier('plan', 'waits.pipeline.ts', '--load-timeout', '1')
  expect(code).toBe(2)
  expect(stderr).toMatch(/did not finish loading in 1 s\..*limit\.\n$/s)
  expect(seconds).toBeLessThan(60)
})

test('data that are passed over are counted, by plan and by run', async () => {
  const project = temporaryProject({
    'a.pipeline.ts': `import { adam, csv, lenet300, task } from 'espalier'
const { init } = task({ model: lenet300({ classes: 2 }), data: csv({ from: 'data', classes: 2, input: [1, 2, 1] }), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export default init()
`,
    'data/train.csv': `a,b,label\n${'1,2,0\n2,1,1\n'.repeat(10)}`,
    'data/extra.csv': 'a,b,label\n1,2,0\n',
  })
  const note = 'The data set csv: 1 file or folder is of no split: extra.csv.'
  const plan = await project.espalier('plan', 'a.pipeline.ts', '--engine', 'portable')
  expect(plan.stdout + plan.stderr).toContain(note)
  const run = await project.espalier('run', 'a.pipeline.ts', '--engine', 'portable')
  expect(run.stdout + run.stderr).toContain(note)
})

test('what a file prints goes to stderr, so that JSON stays JSON', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': `console.log('hello')\n${study()}` })
  const { code, stdout, stderr } = await project.espalier('plan', 'a.pipeline.ts', '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'hello\n' })
  expect(() => JSON.parse(stdout)).not.toThrow()
})

test('without the library nothing is started: one error with the command that installs it', async () => {
  const project = temporaryProject(files)
  mkdirSync(join(project.folder, 'empty'))
  const { code, stdout, stderr } = await project.start(['run', 'good.pipeline.ts'], {
    ESPALIER_TENSORFLOW: join(project.folder, 'empty'),
  }).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('espalier engine install')
})

test('a store that is a file is refused, and left as it was', async () => {
  const project = temporaryProject(files)
  const { code, stderr } = await project.espalier('run', 'good.pipeline.ts', '--store', 'throws.pipeline.ts')
  expect(code).toBe(2)
  expect(stderr).toMatch(/--store DIR/)
})

test('a reader that goes away early ends the output, not with an error', async () => {
  const project = temporaryProject(files)
  const running = project.start(['plan', 'good.pipeline.ts'])
  running.child.stdout!.destroy()
  const { code, stderr } = await running.ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
