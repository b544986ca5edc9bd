import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { artifactsOf, Project } from './command.ts'

const project = new Project({
  'studies/a.pipeline.ts': `
/** Two ways to the same end. */
import { compare, lenet300, params, task } from 'espalier'
import { data } from '../data.ts'
import { sgd } from 'espalier'
const { epochs } = params({ epochs: 1 })
const { train } = task({ model: lenet300(), data, optimizer: sgd({ lr: 0.1 }), epochs })
export default compare({ dense: train(), pruned: train().prune(0.8).finetune({ epochs: 1 }) })
`,
  'data.ts': `import { digits } from 'espalier'\nexport const data = digits()\n`,
})
afterAll(() => project.remove())

const crate = (...more: readonly string[]) => project.espalier('crate', 'studies/a.pipeline.ts', '--no-check', '--set', 'epochs=1', ...more)
const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(project.folder, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [
        join(parentPath, name).slice(project.folder.length + folder.length + 2),
        readFileSync(join(parentPath, name), 'utf8'),
      ]),
  )

test('a study that is not finished is none of a crate', async () => {
  const { code, stderr } = await crate()
  expect(code).toBe(2)
  expect(stderr).toContain('The study is not finished')
  expect(stderr).toContain('6 of 6 stages')
})

test('a finished one is a folder with its files, its results, each stage with its key, and how to run it again', async () => {
  expect((await project.espalier('run', 'studies/a.pipeline.ts', '--set', 'epochs=1')).code).toBe(0)
  const { code, stdout, stderr } = await crate('--license', 'MIT')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toBe('crate: 5 files, a Workflow Run RO-Crate of a.\n')
  const files = contents('crate')
  expect(Object.keys(files).sort()).toEqual(['data.ts', 'results.csv', 'ro-crate-metadata.json', 'stages.json', 'studies/a.pipeline.ts'])
  expect(files['data.ts']).toBe(project.read('data.ts'))
  expect(files['results.csv']!.split('\n').map((line) => line.split(',')[0])).toEqual(['path', 'dense', 'pruned', ''])
  const stages = JSON.parse(files['stages.json']!) as { path: string; key: string; artifact: string | null }[]
  expect(Object.fromEntries(stages.map(({ path, artifact }) => [path, artifact]))).toEqual(
    await artifactsOf(project, 'studies/a.pipeline.ts', '--set', 'epochs=1'),
  )
  for (const { key } of stages) expect(key).toMatch(/^[0-9a-f]{64}$/)
  const { '@graph': graph } = JSON.parse(files['ro-crate-metadata.json']!) as { '@graph': { [property: string]: unknown }[] }
  const at = (id: string) => graph.find((entity) => entity['@id'] === id)!
  expect(at('./')).toMatchObject({ license: { '@id': 'https://spdx.org/licenses/MIT' } })
  expect(at('#run').description).toContain('npx espalier run studies/a.pipeline.ts --set epochs=1')
  expect(at('studies/a.pipeline.ts').sha256).toBe(createHash('sha256').update(project.read('studies/a.pipeline.ts')).digest('hex'))
  expect(JSON.stringify(files)).not.toContain(project.folder)
})

test('made again it is the same bytes, and what else is in a folder stays', async () => {
  const before = contents('crate')
  project.write('crate/notes.txt', 'mine')
  expect((await crate('--license', 'MIT')).code).toBe(0)
  rmSync(join(project.folder, 'crate/notes.txt'))
  expect(contents('crate')).toEqual(before)
  expect((await crate('--license', 'MIT', '--out', 'another')).code).toBe(0)
  expect(contents('another')).toEqual(before)
  project.write('taken/thesis.tex', 'mine')
  const { code, stderr } = await crate('--out', 'taken')
  expect(code).toBe(2)
  expect(stderr).toContain('it has other files in it: thesis.tex')
  expect(readdirSync(join(project.folder, 'taken'))).toEqual(['thesis.tex'])
})
