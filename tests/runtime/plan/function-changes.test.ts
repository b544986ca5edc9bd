import { expect, test } from 'vitest'
import { functionChanges } from '../../../runtime/plan/function-changes.ts'
import { patchOf } from '../../../runtime/views/why.ts'
import { type Files, load, partsOf } from '../fingerprint/project.ts'

const project = {
  'package.json': '{ "type": "module" }',
  'node_modules/tiny-math/package.json': '{ "name": "tiny-math", "version": "1.2.3", "type": "module", "exports": "./index.js" }',
  'node_modules/tiny-math/index.js': 'export const clamp = (x, low, high) => Math.min(high, Math.max(low, x))\n',
  'main.ts': `import { normalise } from './lib/norm.ts'

const alpha = 0.1
export const score = (weights: Float32Array) => {
  const scaled = normalise(weights)
  return scaled.map((w) => w ** 2 * alpha)
}
`,
  'lib/norm.ts': `import { clamp } from 'tiny-math'
import { EPSILON } from './constants.ts'

/** To mean 0. */
export function normalise(values: Float32Array) {
  const mean = center(values)
  return values.map((value) => clamp(value - mean, -1, 1) / (1 + EPSILON))
}

function center(values: Float32Array) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
`,
  'lib/constants.ts': 'export const EPSILON = 1e-8\n',
} as const satisfies Files

async function changes(edit: { readonly [file: string]: readonly [from: string, to: string] }) {
  const after: { [file: string]: string } = { ...project }
  for (const [file, [from, to]] of Object.entries(edit)) {
    const text = after[file]!
    expect(text).toContain(from)
    after[file] = text.replace(from, to)
  }
  const record = async (files: Files) => ({ name: 'score', parts: partsOf(await load(files)) })
  return functionChanges(await record(project), await record(after))
}

test.each([
  ['itself', { 'main.ts': ['w ** 2', 'Math.abs(w)'] }, ['function score changed']],
  [
    'a helper two steps away',
    { 'lib/norm.ts': ['sum + value', 'sum - value'] },
    ['function score: helper center() in lib/norm.ts changed'],
  ],
  ['a captured value', { 'main.ts': ['alpha = 0.1', 'alpha = 0.2'] }, ['function score: alpha 0.1 → 0.2']],
  [
    'a constant two files away',
    { 'lib/constants.ts': ['1e-8', '1e-6'] },
    ['function score: EPSILON 1e-8 → 0.000001 in normalise() in lib/norm.ts'],
  ],
  [
    "a package's version",
    { 'node_modules/tiny-math/package.json': ['1.2.3', '1.2.4'] },
    ['function score: package tiny-math 1.2.3 → 1.2.4 in normalise() in lib/norm.ts'],
  ],
  [
    'two things at once, the nearer first',
    { 'main.ts': ['0.1', '0.3'], 'lib/norm.ts': ['value - mean', 'value + mean'] },
    ['function score: helper normalise() in lib/norm.ts changed', 'function score: alpha 0.1 → 0.3'],
  ],
] as const)('%s', async (_, edit, expected) => {
  expect((await changes(edit)).map(({ says }) => says)).toEqual(expected)
})

test('code that changed comes with a diff in the lines of its file', async () => {
  const [change] = await changes({ 'lib/norm.ts': ['values.length', '(values.length - 1)'] })
  expect(patchOf(change?.code)?.split('\n')).toEqual([
    '--- lib/norm.ts:10',
    '+++ lib/norm.ts:10',
    '@@ -10,3 +10,3 @@',
    ' function center(values: Float32Array) {',
    '-  return values.reduce((sum, value) => sum + value, 0) / values.length',
    '+  return values.reduce((sum, value) => sum + value, 0) / (values.length - 1)',
    ' }',
  ])
})

test('a function that nothing is known of any more is said to have changed', () => {
  expect(functionChanges(undefined, { name: 'score', parts: [] })).toEqual([{ says: 'function score changed' }])
})

test('fingerprints that were made in another way say so, and nothing of the code', async () => {
  const parts = partsOf(await load(project))
  expect(functionChanges({ name: 'score', parts }, { name: 'score', parts, version: 2 })).toEqual([
    { says: 'how functions are fingerprinted changed (version 1 → 2)' },
  ])
})
