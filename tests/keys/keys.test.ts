import { expect, test } from 'vitest'
import { keysOf, pipelines, recorded } from './keys.ts'

const before = recorded()

test.each(pipelines)('%s %s has the keys that are recorded: npm run keys, when a revision was raised', async (file, set) => {
  expect(await keysOf(file, set)).toEqual(before[`${file} ${set}`])
})

test('nothing is recorded of a pipeline that is gone', () => {
  expect(Object.keys(before)).toEqual(pipelines.map(([file, set]) => `${file} ${set}`))
})
