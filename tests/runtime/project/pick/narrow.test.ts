import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unifiedDiff } from '../../../../runtime/format/patch.ts'
import { narrow } from '../../../../runtime/project/pick/narrow.ts'
import { folderOf } from '../load/pipeline-files.ts'

/** Picks in a file, with each call found by its first occurrence. */
const picked = (text: string, ...choices: readonly (readonly [call: string, axis: string, label: string])[]) => {
  const file = join(folderOf({ 'a.pipeline.ts': text }), 'a.pipeline.ts')
  return narrow(
    choices.map(([call, axis, label]) => {
      const before = text.slice(0, text.indexOf(`${call}(`)).split('\n')
      return { axis, label, at: { file, line: before.length, column: before.at(-1)!.length + 1 } }
    }),
  )
}

const grid = `import { compare, sweep } from 'espalier'
const levels = [0.5, 0.9]
export default sweep(
  {
    sparsity: [0.5, 0.7, .9], // fractions
    lr: [1e-3, 1e-2],
    levels,
    method: {
      kd: kd(),
      // hints, as in the paper
      hints: fitnet({ student: 'a', teacher: 'b' }),
    },
    'other name': ["a", 'b'], step: [-1, 0], more: levels, on: [true, false],
  },
  ({ sparsity }) => compare({ dense: train(), pruned: train().prune(sparsity), other }),
)
`

test('each axis keeps the value that was picked, as it was written; all else stays, comments and layout too', () => {
  const choices = [
    ...[
      ['sparsity', '0.9'],
      ['lr', '0.01'],
      ['levels', '0.5'],
      ['method', 'hints'],
      ['other name', 'a'],
      ['step', '-1'],
      ['more', '0.9'],
      ['on', 'false'],
    ].map(([axis, label]) => ['sweep', axis!, label!] as const),
    ['compare', 'arm', 'pruned'] as const,
  ]
  expect(picked(grid, ...choices)[0]?.after).toBe(`import { compare, sweep } from 'espalier'
const levels = [0.5, 0.9]
export default sweep(
  {
    sparsity: [.9], // fractions
    lr: [1e-2],
    levels: [0.5],
    method: {
      // hints, as in the paper
      hints: fitnet({ student: 'a', teacher: 'b' }),
    },
    'other name': ["a"], step: [-1], more: [0.9], on: [false],
  },
  ({ sparsity }) => compare({ pruned: train().prune(sparsity) }),
)
`)
})

test('the difference is shown as a unified diff', () => {
  const [edit] = picked('export default sweep({ sparsity: [0.5, 0.9] }, f)\n', ['sweep', 'sparsity', '0.5'])
  expect(unifiedDiff({ place: 'a.pipeline.ts', text: edit!.before }, { place: 'a.pipeline.ts', text: edit!.after })?.split('\n')).toEqual([
    '--- a.pipeline.ts',
    '+++ a.pipeline.ts',
    '@@ -1,1 +1,1 @@',
    '-export default sweep({ sparsity: [0.5, 0.9] }, f)',
    '+export default sweep({ sparsity: [0.5] }, f)',
  ])
})

test('a source that says so already is left alone', () => {
  expect(picked('export default sweep({ sparsity: [0.5] }, f)\n', ['sweep', 'sparsity', '0.5'])).toEqual([])
})

test.each([
  [
    'const axes = { sparsity: [0.5] }\nexport default sweep(axes, f)\n',
    'sweep',
    'sparsity',
    'The values of the axis sparsity are not literals in the call',
  ],
  ['export default sweep({ ...axes }, f)\n', 'sweep', 'sparsity', 'The values of the axis sparsity are not literals in the call'],
  ['export default compare({ ...arms, dense })\n', 'compare', 'arm', 'The values of the arm 0.5 are not literals in the call'],
  [
    'export default sweep({ method: { [name]: kd() } }, f)\n',
    'sweep',
    'method',
    'The values of the axis method are not literals in the call',
  ],
])('%s lists nothing that could be picked: refused with its place', (text, call, axis, title) => {
  expect(() => picked(text, [call, axis, '0.5'])).toThrow(
    expect.objectContaining({
      title: expect.stringContaining(title),
      facts: expect.arrayContaining([['at', expect.stringMatching(/a\.pipeline\.ts:\d:16$/)]]),
    }),
  )
})

test('the baseline goes with the arms that go', () => {
  const [edit] = picked("export default compare({ dense, pruned }, { baseline: 'dense' })\n", ['compare', 'arm', 'pruned'])
  expect(edit?.after.replaceAll(/\s/g, '')).toBe('exportdefaultcompare({pruned})')
})
