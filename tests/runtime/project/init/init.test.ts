import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { initialise } from '../../../../runtime/project/init/init.ts'
import { starterFiles } from '../../../../runtime/project/init/starter.ts'

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
const names = ['package.json', 'tsconfig.json', 'first.pipeline.ts', '.gitignore']

test('a folder that is not there is made, with all files of a project', () => {
  const folder = join(temporary(), 'Some Experiments')
  expect(initialise(folder, '1.2.3')).toEqual({ written: names, kept: [], advice: [], first: 'first.pipeline.ts' })
  expect(readdirSync(folder).sort()).toEqual([...names].sort())
  expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).toMatchObject({
    name: 'some-experiments',
    type: 'module',
    dependencies: { espalier: '1.2.3' },
  })
})

test('nothing is written over what is there: each file stays as it was', () => {
  const folder = temporary()
  for (const name of names) writeFileSync(join(folder, name), `mine: ${name}`)
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  expect(initialise(folder, '1.2.3')).toMatchObject({ written: [], kept: names })
  expect(readFileSync(join(folder, 'package.json'), 'utf8')).toBe('{"type": "module"}')
  for (const name of names.slice(1)) expect(readFileSync(join(folder, name), 'utf8')).toBe(`mine: ${name}`)
})

test('of a package.json that stays, what it lacks is said', () => {
  const advice = (manifest: object) => {
    const folder = temporary()
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    return initialise(folder, '1.2.3').advice
  }
  expect(advice({ type: 'module', devDependencies: { espalier: '1.0.0' } })).toEqual([])
  expect(advice({})).toEqual([expect.stringContaining('npm install espalier')])
})

test.each([
  [{ type: 'module' }, 'first.pipeline.ts'],
  [{ type: 'commonjs' }, 'first.pipeline.mts'],
  [{}, 'first.pipeline.mts'],
])('in a package of %j the starter is a module all the same', (manifest, first) => {
  const folder = temporary()
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  expect(initialise(folder, '1.2.3')).toMatchObject({ written: expect.arrayContaining([first]), first })
})

test('where a file stands in the way one sentence says so', () => {
  const file = join(temporary(), 'file')
  writeFileSync(file, '')
  expect(() => initialise(file, '1.2.3')).toThrow('The path of the project must be a folder, but this is a file.')
  expect(() => initialise(join(file, 'below'), '1.2.3')).toThrow('The starter project could not be written.')
})

test.each([
  ['My_Nets!', 'my_nets'],
  ['espalier', 'my-pipelines'],
  ['…', 'my-pipelines'],
  ['.hidden', 'hidden'],
])('a folder called %s gives a package that npm takes', (folder, name) => {
  expect(JSON.parse(starterFiles(`/tmp/${folder}`, '1.2.3')['package.json']!)).toMatchObject({ name })
})
