import { expect, test } from 'vitest'
import { runInNode, urlOf } from './node.ts'

test('the language loads its own files and nothing else', () => {
  const loaded = runInNode<readonly string[]>(`
await import('${urlOf('dsl/index.ts')}')
await import('${urlOf('dsl/language/compile.ts')}')
console.log(JSON.stringify(loaded))`)
  const folder = urlOf('dsl/')
  expect(loaded.length).toBeGreaterThan(10)
  expect(loaded.filter((url) => !url.startsWith(folder))).toEqual([])
})
