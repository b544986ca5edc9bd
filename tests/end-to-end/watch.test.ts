import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { artifactsOf, type Project, temporaryProject } from './command.ts'
import { inTerminal } from './terminal.ts'

interface Options {
  readonly epochs?: number
  readonly sparsity?: number | string
  readonly lr?: number
  readonly more?: string
  readonly head?: string
}

const pipeline = ({ epochs = 40, sparsity = 0.9, lr = 0.05, more = '', head = '' }: Options = {}) => `${head}
import { compare, digits, lenet300, sgd, task } from 'espalier'
import { short } from './short.ts'

const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: ${lr} }), epochs: ${epochs} })
export default compare({
  dense: train(),
  pruned: train({ epochs: short }).prune(${sparsity}).finetune({ epochs: 1 }),
  ${more}
})
`
const short = (epochs: number, comment = '') => `export const short: number = ${epochs} ${comment}\n`

const study = (options: Options = {}) => temporaryProject({ 'a.pipeline.ts': pipeline(options), 'short.ts': short(2) })

/** How often a worker took up each stage, from the stages' logs: `begins` and `continues` lines by path. */
function attempts(project: Project): Map<string, number> {
  const logs = join(project.folder, '.espalier/logs')
  const counts = new Map<string, number>()
  for (const name of readdirSync(logs)) {
    const text = readFileSync(join(logs, name), 'utf8')
    const path = /\] (\S+) in process/.exec(text)?.[1] ?? name
    counts.set(path, Math.max(counts.get(path) ?? 0, [...text.matchAll(/ in process /g)].length))
  }
  return counts
}

test('twenty edits, broken files, reverts and removed files among them, end with what a fresh run gives, and what stayed was never restarted', async () => {
  const project = study()
  const [file, helper] = [join(project.folder, 'a.pipeline.ts'), join(project.folder, 'short.ts')]
  const terminal = inTerminal(project, ['watch', 'a.pipeline.ts', '--slots', '1', '--threads', '1'])
  onTestFinished(() => terminal.end())
  await terminal.says(/epoch \d+\/40/)
  const planned = /Planned in/
  const edits: readonly [what: string, edit: () => void, answer: RegExp][] = [
    ['another sparsity', () => writeFileSync(file, pipeline({ sparsity: 0.8 })), planned],
    ['a comment', () => writeFileSync(file, pipeline({ sparsity: 0.8, head: '// why' })), /no stage changed/],
    ['half a line', () => writeFileSync(file, pipeline({ sparsity: '0.8).prune(' })), /waiting for the next save/],
    ['the line again', () => writeFileSync(file, pipeline({ sparsity: 0.8 })), /no stage changed/],
    ['a wrong type', () => writeFileSync(file, pipeline({ sparsity: 80 })), /Write 0\.9 for 90 %/],
    ['a revert', () => writeFileSync(file, pipeline()), planned],
    ['a helper', () => writeFileSync(helper, short(3)), planned],
    ["a helper's comment", () => writeFileSync(helper, short(3, '// long')), /no stage changed/],
    ['a broken helper', () => writeFileSync(helper, 'export const short: number = "x"\n'), /waiting for the next save/],
    ['no helper', () => rmSync(helper), /waiting for the next save/],
    ['the helper again', () => writeFileSync(helper, short(3)), /no stage changed/],
    [
      'another arm',
      () => writeFileSync(file, pipeline({ more: 'half: train({ epochs: short }).prune(0.5).finetune({ epochs: 1 }),' })),
      planned,
    ],
    ['the arm gone', () => writeFileSync(file, pipeline()), planned],
    ['the file gone', () => rmSync(file), /waiting for the next save/],
    ['the file back', () => writeFileSync(file, pipeline()), /no stage changed/],
    [
      'a file in its place',
      () => {
        writeFileSync(`${file}.new`, pipeline({ sparsity: 0.7 }))
        renameSync(`${file}.new`, file)
      },
      planned,
    ],
    ['a throw', () => writeFileSync(file, pipeline({ head: 'if (1 < 2) throw new Error("not now")' })), /not now/],
    ['another rate for one arm', () => writeFileSync(file, pipeline({ more: 'slow: train({ epochs: 1, lr: 0.001 }),' })), planned],
    ['nothing exported', () => writeFileSync(file, 'export {}\n'), /waiting for the next save/],
    ['the last', () => writeFileSync(file, pipeline({ sparsity: 0.75, more: 'slow: train({ epochs: 1, lr: 0.001 }),' })), planned],
  ]
  expect(edits).toHaveLength(20)
  for (const [what, edit, answer] of edits) {
    const mark = terminal.mark()
    edit()
    await terminal.says(answer, mark).catch((cause: Error) => {
      throw new Error(`after ${what}: ${cause.message}`)
    })
  }
  await terminal.says('Press h for the keys')
  terminal.type('q')
  expect(await terminal.ended).toBe(0)

  const last = await artifactsOf(project, 'a.pipeline.ts')
  expect(attempts(project).get('dense/train')).toBe(1)
  const fresh = ['a.pipeline.ts', '--store', 'fresh', '--threads', '1', '--slots', '1']
  expect((await project.espalier('run', ...fresh)).code).toBe(0)
  expect(await artifactsOf(project, ...fresh)).toEqual(last)
}, 240_000)

test('keys: the plan, why, arms by name, pause; quitting keeps a checkpoint, and a run goes on from it', async () => {
  const project = study({ epochs: 1000 })
  const terminal = inTerminal(project, ['watch', 'a.pipeline.ts', '--slots', '1', '--threads', '1'])
  onTestFinished(() => terminal.end())
  await terminal.says(/epoch \d+\/1000/)
  const answered = async (keys: string, answer: RegExp | string) => {
    const mark = terminal.mark()
    terminal.type(keys)
    await terminal.says(answer, mark)
  }
  await answered('h', 'why a stage runs')
  await answered('l', /\d+ stages: /)
  await answered('p', 'Paused')
  await answered('p', 'Going on')
  await answered('wdense/train\r', 'dense/train continues from a checkpoint')
  await answered('wnothing\r', 'nothing')
  await answered('fabsent\r', "No arm has 'absent' in its name")
  await answered('fpruned\r', 'Stopped dense/train at step')
  await answered('a', 'dense/train continues at step')
  terminal.type('q')
  expect(await terminal.ended).toBe(130)
  const { stages } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout)
  expect(stages.find(({ path }: { path: string }) => path === 'dense/train').status).toBe('resume')
})
