import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commentsIn } from '../../../runtime/project/comments.ts'
import { folderOf } from './load/pipeline-files.ts'

const commentsOf = (files: { readonly [name: string]: string }) => {
  const { file, exports } = commentsIn(join(folderOf(files), 'a.pipeline.ts'))
  return { file, exports: Object.fromEntries(exports) }
}

test('each export has the comment above it, without stars and tags; the file has the one that opens it', () => {
  expect(
    commentsOf({
      'a.pipeline.ts': `/** What the file is about. */
import x from 'y'

/**
 * Dense, for comparison.
 *
 * Two paragraphs.
 * @see somewhere
 */
export const dense: unknown = x
// no doc comment
export const plain = x
/** Two at once. */
export const one = x, two = x
/** The study. */
export default x
`,
    }),
  ).toEqual({
    file: 'What the file is about.',
    exports: { dense: 'Dense, for comparison.\n\nTwo paragraphs.', one: 'Two at once.', two: 'Two at once.', default: 'The study.' },
  })
})

test('a comment over the first export is the export’s, unless another opens the file', () => {
  expect(commentsOf({ 'a.pipeline.ts': '/** Only. */\nexport const a = 1\n' })).toEqual({ file: undefined, exports: { a: 'Only.' } })
  expect(commentsOf({ 'a.pipeline.ts': '/** File. */\n\n/** Own. */\nexport const a = 1\n' })).toEqual({
    file: 'File.',
    exports: { a: 'Own.' },
  })
})

test('names are followed: default of a name, renamed, from another file, all of another file, round in a circle', () => {
  expect(
    commentsOf({
      'a.pipeline.ts': `import './b.ts'
/** Local. */
const local = 1
export { local as renamed }
export { far as near } from './b.ts'
export * from './b.ts'
export default local
`,
      'b.ts': "/** Far. */\nexport const far = 1\n/** Not passed on. */\nexport default 2\nexport * from './a.pipeline.ts'\n",
    }).exports,
  ).toEqual({ renamed: 'Local.', near: 'Far.', far: 'Far.', default: 'Local.' })
})
