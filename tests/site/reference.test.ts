/** Every export of `espalier` is in the reference, and says what it is. */
import { describe, expect, test } from 'vitest'
import { declarations, type Entry } from '../../site/reference/declarations.ts'
import { referencePages } from '../../site/reference/write.ts'
import * as library from '../../stdlib/index.ts'

const all = declarations()
const pages = [...referencePages(all).values()]
const sections = pages.flatMap((page) => page.split(/^## /m).slice(1))
const sectionOf = ({ name, kind }: Entry): string =>
  sections.find((section) =>
    section.startsWith(kind === 'type' ? `${name} {#type-` : `${name.replace('Pipeline.', '')}${kind === 'function' ? '() ' : ' '}{#`),
  ) ?? ''

/** The text of an entry outside its tables. */
const prose = ({ says, parameters }: Entry): string => [says, ...parameters.flatMap(({ name, says }) => [name, says])].join(' ')

test('every export has an entry, and every verb of a pipeline', () => {
  const names = new Set(all.map(({ name }) => name))
  expect(Object.keys(library).filter((name) => !names.has(name))).toEqual([])
  expect(all.filter(({ kind }) => kind === 'type').length).toBeGreaterThan(100)
  expect([...names]).toEqual(expect.arrayContaining(['Pipeline.train', 'Pipeline.rewind', 'Pipeline.mergeMembers', 'FinetuneOptions']))
  expect(sections.length).toBe(all.length)
})

test('every entry says what it is', () => {
  const silent = all.filter((entry) => entry.says === '' && !sectionOf(entry).includes('Options of ['))
  expect(silent.map(({ name }) => name)).toEqual([])
})

test('every option of a function says what it is', () => {
  const silent = all
    .filter(({ kind }) => kind === 'function')
    .flatMap((entry) =>
      entry.members
        .filter(({ name, says }) => says === '' && !new RegExp(`\`[^\`]*\\b${name}\\b`).test(prose(entry)))
        .map(({ name }) => `${entry.name}: ${name}`),
    )
  expect(silent).toEqual([])
})

test('every default that a form declares is told as it is', () => {
  const declared = all.flatMap(({ members }) => members.filter(({ says, standard }) => standard !== undefined && says !== ''))
  expect(declared.length).toBeGreaterThan(50)
  expect(declared.filter(({ says, standard }) => !says.includes(standard!)).map(({ name, says }) => `${name}: ${says}`)).toEqual([])
})

describe('an entry has', () => {
  const entry = (name: string) => sectionOf(all.find((one) => one.name === name)!)

  test('how it is called, its options with types, ranges and defaults', () => {
    const kd = entry('kd')
    expect(kd).toContain('kd(options?: KdOptions): Distiller<unknown, unknown>')
    expect(kd).toContain('| `temperature` | `number` | Softens both predictions. More than 0, default 4. |')
    expect(kd).toContain('Types: [`KdOptions`](./distillation.md#type-kdoptions)')
  })

  test('the sentence with which a verb is refused', () => {
    expect(entry('Pipeline.finetune')).toContain('**Error:** finetune() continues from trained weights, but nothing has been trained yet.')
  })

  test('what must be given', () => {
    expect(entry('task')).toMatch(/^\| `model` \(required\) \|/m)
    expect(entry('task')).toMatch(/^\| `batch` \| `number` \|/m)
  })
})
