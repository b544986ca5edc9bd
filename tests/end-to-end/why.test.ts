import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type PlanDocument, temporaryProject } from './command.ts'

const files = {
  'a.pipeline.ts': `import { adam, compare, criterion, digits, lenet300, task } from 'espalier'
import { saliency } from './lib/score.ts'

const { init } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export default compare({ own: init().prune(criterion(0.5, saliency)), plain: init().prune(0.5) })
`,
  'lib/score.ts': `import { normalise } from './norm.ts'

export const saliency = (weights: Float32Array): Float32Array => normalise(weights.map(Math.abs))
`,
  'lib/norm.ts': `const floor = 1e-8

export function normalise(scores: Float32Array): Float32Array {
  const sum = scores.reduce((a, b) => a + b, 0)
  return scores.map((score) => score / (sum + floor))
}
`,
}

test('a helper two files away: what changes its meaning changes the stages that use it and is named, what does not changes nothing', async () => {
  const project = temporaryProject()
  mkdirSync(join(project.folder, 'lib'))
  for (const [name, text] of Object.entries(files)) project.write(name, text)
  const statuses = async () => {
    const { stages } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout) as PlanDocument
    return Object.fromEntries(stages.map(({ path, status }) => [path, status]))
  }
  const why = async (...flags: string[]) => (await project.espalier('why', 'a.pipeline.ts', 'own/prune', ...flags)).stdout
  expect((await project.espalier('run', 'a.pipeline.ts')).code).toBe(0)
  const hits = await statuses()
  expect(new Set(Object.values(hits))).toEqual(new Set(['hit']))

  // One constant.
  project.write('lib/norm.ts', files['lib/norm.ts'].replace('1e-8', '0.5'))
  expect(await statuses()).toEqual({ ...hits, 'own/prune': 'run', 'own/evaluate': 'unknown' })
  expect(await why()).toContain('\n  function saliency: floor 1e-8 → 0.5 in normalise() in lib/norm.ts\n')

  // The helper's code, shown as it was and is.
  project.write('lib/norm.ts', files['lib/norm.ts'].replace('=> score /', '=> 2 * score /'))
  const told = await why()
  expect(told).toContain('\n  function saliency: helper normalise() in lib/norm.ts changed\n')
  expect(told).toContain(
    '\n-  return scores.map((score) => score / (sum + floor))\n+  return scores.map((score) => 2 * score / (sum + floor))\n',
  )
  const { differences } = JSON.parse(await why('--json')) as { differences: { says: string; diff: string }[] }
  expect(differences).toEqual([
    expect.objectContaining({
      says: 'function saliency: helper normalise() in lib/norm.ts changed',
      diff: expect.stringMatching(/^--- lib\/norm\.ts:3\n\+\+\+ lib\/norm\.ts:3\n@@ -3,4 \+3,4 @@\n/),
    }),
  ])

  // Renamed, annotated, laid out otherwise, and moved into another file.
  project.write('lib/norm.ts', 'export {}\n')
  project.write(
    'lib/score.ts',
    `/** So that no sum is zero. */
const least: number = 0.00000001
function scaled(all: Float32Array): Float32Array {
  const total: number = all.reduce((x: number, y: number) => x + y, 0)

  return all.map((one) => one / (total + least)) // a share
}
export const saliency = (kernel: Float32Array) => scaled(kernel.map(Math.abs))
`,
  )
  expect(await statuses()).toEqual(hits)
})
