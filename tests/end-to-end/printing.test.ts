/** What comes from outside is shown by every command, and obeyed by no terminal. */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { type Ended, type Project, temporaryProject } from './command.ts'
import { inTerminal } from './terminal.ts'

/** A title of the terminal, a cleared screen, a link, a control of eight bits, the other direction, no width. */
const hostile = '\u001b]0;pwn\u0007\u001b[2J\u001b]8;;x\u001b\\\u009b31m\u202e\u2066\u200b'
const literal = JSON.stringify(hostile).slice(1, -1)
const name = `${hostile.replaceAll(/[\\/]/g, '')}.pipeline.ts`

const pipeline = `import { adam, compare, digits, lenet300, params, sweep, task } from 'espalier'
const { lr } = params({ lr: 1e-3, 'note': 'none' })
console.log('printed ${literal}')
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr }), epochs: 1 })
export default compare({
  'arm ${literal}': train(),
  rates: sweep({ rate: ['x${literal}', 'y${literal}'] }, ({ rate }) => train().prune(rate[0] === 'x' ? 0.5 : 0.9)),
})
`

/** No sign but the ends of lines. */
function expectShown(ended: Ended, code = 0): void {
  const text = ended.stdout + ended.stderr
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u200b\u202e\u2066]/u)
  expect({ code: ended.code, text }).toEqual({ code, text })
  expect(text).not.toMatch(/itself failed|undefined|\[object/)
}

async function expectAllShown(project: Project, commands: readonly (readonly string[])[], code = 0): Promise<Ended[]> {
  const all: Ended[] = []
  for (const command of commands) {
    const ended = await project.espalier(...command)
    expectShown(ended, code)
    all.push(ended)
  }
  return all
}

test('labels, metrics, names of files, what a file prints: in every command, and in rows of a store that another wrote', async () => {
  const project = temporaryProject({ [name]: pipeline })
  const options = ['--engine', 'portable', '--threads', '1']
  const [plan, run] = await expectAllShown(project, [
    ['plan', name, ...options],
    ['run', name, ...options],
  ])
  for (const { stdout, stderr } of [plan!, run!]) {
    expect(stdout).toContain('arm �]0;pwn��[2J')
    expect(stderr).toContain('printed �]0;pwn�')
  }
  const first = JSON.parse((await project.espalier('plan', name, ...options, '--json')).stdout).stages.at(-1).path as string
  expect(first).toContain('\u001b]0;pwn')
  const all = [
    ['plan', name, ...options],
    ['run', name, ...options, '--csv'],
    ['run', name, ...options, '--quiet'],
    ['run', name, ...options, '--json'],
    ['why', name, first, ...options],
    ['pick', name, ...options],
    ['ls', name],
    ['runs'],
    ['show', '1'],
    ['show', first],
    ['diff', '1', '2'],
    ['logs', first],
    ['doctor'],
    ['store', 'verify'],
    ['store', 'stat'],
    ['gc', '--dry-run', '--keep-runs', '0'],
  ]
  for (const command of all) {
    const ended = await project.espalier(...command)
    expectShown(ended, ended.code ?? -1)
    expect([0, 2]).toContain(ended.code)
  }
  const index = new DatabaseSync(join(project.folder, '.espalier/index.sqlite'))
  index.prepare('update runs set file = ?').run(`${hostile}\nforged line`)
  index.prepare('update results set path = ?, kind = ?').run(hostile, hostile)
  index.close()
  for (const command of [['runs'], ['show', '1'], ['store', 'stat'], ['store', 'verify'], ['gc', '--dry-run']]) {
    const ended = await project.espalier(...command)
    expectShown(ended, ended.code ?? -1)
    expect(ended.stdout).not.toContain('\nforged')
  }
})

test.each([
  ['a message of an error', `throw new Error('${literal}\\nforged')`],
  ['a name of an error', `const e = new Error('x'); e.name = '${literal}'; throw e`],
  ['something thrown that is no error', `throw '${literal}'`],
  ['a name of an export', `const a = 1; export { a as '${literal}' }`],
  ['a name that is imported', `import '${literal.replaceAll('\\', '\\\\').replaceAll("'", '')}'`],
  ['an option', `import { lenet300, task } from 'espalier'\ntask({ model: lenet300(), '${literal}': 1 } as never)`],
  ['a value', `import { adam } from 'espalier'\nadam({ lr: '${literal}' } as never)`],
  ['a parameter', `import { params } from 'espalier'\nparams({ '${literal}': { a: 1 } } as never)`],
])('%s that would command a terminal is shown', async (_, text) => {
  const project = temporaryProject({ 'a.pipeline.ts': text })
  await expectAllShown(project, [['plan', 'a.pipeline.ts']], 2)
})

test('names of folders and cells of data files', async () => {
  const head = "import { adam, csv, imageFolder, lenet300, task } from 'espalier'\n"
  const tail = '\nexport default task({ model: lenet300({ classes: 2 }), data, optimizer: adam({ lr: 1e-3 }), epochs: 1 }).init()\n'
  const project = temporaryProject({
    'folder.pipeline.ts': `${head}const data = imageFolder({ from: 'pictures', classes: 2, size: [28, 28] })${tail}`,
    [`pictures/train/${hostile.replaceAll('/', '')}/a.png`]: 'no picture',
    'pictures/train/b/a.png': 'no picture',
    'cells.pipeline.ts': `${head}const data = csv({ from: 'a.csv', classes: 2, input: [1, 2, 1] })${tail}`,
    'a.csv': `a,b${hostile},label\n1,${hostile},0\n`,
  })
  await expectAllShown(
    project,
    ['folder.pipeline.ts', 'cells.pipeline.ts'].map((file) => ['plan', file, '--engine', 'portable']),
    2,
  )
})

test('words of the command line', async () => {
  const project = temporaryProject()
  await expectAllShown(
    project,
    [
      [hostile],
      ['plan', hostile],
      ['plan', `--${hostile}`],
      ['run', 'a.ts', '--slots', hostile],
      ['show', hostile],
      ['plan', 'a.ts', '--set', hostile],
    ],
    2,
  )
})

test('in a terminal the only escapes are those of the view', async () => {
  const project = temporaryProject({ [name]: pipeline })
  const terminal = inTerminal(project, ['run', name, '--no-check', '--engine', 'portable', '--threads', '1'])
  await terminal.says('arm �]0;pwn��[2J')
  expect(await terminal.ended).toBe(0)
  for (const sign of ['\u001b]', '\u001b[2J', '\u0007', '\u009b', '\u202e', '\u200b']) expect(terminal.written()).not.toContain(sign)
})
