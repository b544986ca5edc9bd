import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { illegalOrders } from './illegal-orders.ts'

const root = join(import.meta.dirname, '../..')

interface Refusal {
  readonly file: string
  readonly line: number
  readonly message: string
}

/** What the compiler says about the pipeline files of a folder; other files have their own tests. */
const typeCheck = (folder: string, compiler: string): readonly Refusal[] => {
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc')
  const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect([0, 1, 2]).toContain(status)
  expect(stdout).not.toMatch(/^error/m) // a configuration that cannot be read checks nothing
  // Lines that are indented go on with the message of the line above.
  return [...stdout.matchAll(/^(\S+?)\((\d+),\d+\): error (.*(?:\n +.*)*)/gm)]
    .map(([, file = '', line, message = '']) => ({ file, line: Number(line), message }))
    .filter(({ file }) => file.includes(`${folder}/`))
}

const linesOf = (folder: string) =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((name) => name.endsWith('.pipeline.ts'))
    .flatMap((name) =>
      readFileSync(join(import.meta.dirname, folder, name), 'utf8')
        .split('\n')
        .map((text, i) => ({ name, text: text.trim(), line: i + 1 })),
    )

describe.each([
  ['the TypeScript of this project', 'typescript'],
  ['the last TypeScript written in JavaScript', 'typescript-5.9'],
])('with %s', (_, compiler) => {
  test('pipelines that make sense compile', () => {
    expect(typeCheck('valid', compiler)).toEqual([])
    expect(linesOf('valid').filter(({ text }) => text.startsWith('export ')).length).toBeGreaterThanOrEqual(60)
  })

  test('each pipeline that makes none is refused on its line, with its sentence', () => {
    const expected = linesOf('invalid')
      .filter(({ text }) => text.startsWith('//! '))
      .map(({ name, text, line }) => ({ place: `${name}:${line + 1}`, sentence: text.slice(4) }))
    const refused = typeCheck('invalid', compiler).map(({ file, line, message }) => ({
      place: `${file.split('/').at(-1)}:${line}`,
      message,
    }))
    expect(expected.length).toBeGreaterThanOrEqual(90)
    expect([...new Set(refused.map(({ place }) => place))].sort()).toEqual(expected.map(({ place }) => place).sort())
    const unexplained = expected.filter(
      ({ place, sentence }) => !refused.some((one) => one.place === place && one.message.includes(sentence)),
    )
    expect(unexplained).toEqual([])
  })
})

test('orders that do not compile are refused with the same sentence when types are not checked', () => {
  const expected = linesOf('invalid')
    .filter(({ name, text }) => name === 'orders.pipeline.ts' && text.startsWith('//! '))
    .map(({ text, line }) => ({ sentence: text.slice(4), line: line + 1 }))
  const refused = illegalOrders()
  expect(refused.map(({ sentence, line }) => ({ sentence, line }))).toEqual(expected)
})
