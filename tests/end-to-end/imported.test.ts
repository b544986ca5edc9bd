/** A pipeline whose network comes out of a file. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { eventsOf, Project, standingOf } from './command.ts'

const pipeline = (from: string, more = '') => `
import { bnConv, digits, filterL1, imported, sgd, task } from 'espalier'
const rest = { data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1, batch: 512 }
export const saved = task({ model: bnConv([16, 32]), ...rest }).train().evaluate().export({ format: 'onnx', path: 'dense.onnx' })
const { pretrained } = task({ model: imported({ from: '${from}', classes: 10${more} }), ...rest })
export const loaded = pretrained().evaluate().prune(filterL1(0.5)).shrink().finetune().export({ format: 'onnx', path: 'slim.onnx' })
`
const project = new Project({ 'a.pipeline.ts': pipeline('dense.onnx') })
afterAll(() => project.remove())
const file = (name: string) => join(project.folder, name)

const statusOf = (path: string) => standingOf(project, 'a.pipeline.ts#loaded', path)
/** What the stages of a run measured, in their order. */
const measured = (stdout: string) =>
  eventsOf(stdout).flatMap((event) => (event.event === 'stage-done' && event.kind === 'evaluate' ? [event.metrics] : []))

test('a network out of an ONNX file is what it was, is pruned and shrunk, and goes out again; its content is in the key, its place is not', async () => {
  expect(await project.espalier('plan', 'a.pipeline.ts#loaded')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The network file cannot be read.'),
  })
  const saved = await project.espalier('run', 'a.pipeline.ts#saved', '--json')
  expect(saved.code).toBe(0)
  const { stdout } = await project.espalier('run', 'a.pipeline.ts#loaded', '--json')
  const run = eventsOf(stdout).at(-1)!
  if (run.event !== 'done') throw new Error(`the last event is ${run.event}`)
  expect(run.ok).toBe(true)
  const [before] = measured(saved.stdout)
  expect(before!['test/accuracy']).toBeGreaterThan(0)
  expect(measured(stdout)[0]!['test/accuracy']).toBe(before!['test/accuracy'])
  const summary = (await project.espalier('summary', 'a.pipeline.ts#loaded')).stdout
  expect(summary).toContain('a network out of a file, the network of loaded/init')
  const { stdout: shown } = await project.espalier('show', 'loaded/init')
  expect(shown).toMatch(/model\.options\.layers +.{500}… --json has all of it\n/)
  expect(readFileSync(file('slim.onnx')).length).toBeLessThan(readFileSync(file('dense.onnx')).length)

  mkdirSync(file('elsewhere'))
  copyFileSync(file('dense.onnx'), file('elsewhere/moved.onnx'))
  writeFileSync(file('a.pipeline.ts'), pipeline('elsewhere/moved.onnx'))
  expect(await statusOf('loaded/pretrained')).toEqual(['hit'])
  // Other weights of the same layers are another network, whose first weights are the same.
  const bytes = readFileSync(file('elsewhere/moved.onnx'))
  const at = bytes.lastIndexOf('out/kernel') + 'out/kernel'.length + 8
  bytes[at]! ^= 1
  writeFileSync(file('elsewhere/moved.onnx'), bytes)
  expect(await statusOf('loaded/init')).toEqual(['hit'])
  expect(await statusOf('loaded/pretrained')).toEqual(['run', expect.stringMatching(/^content [0-9a-f]+ → [0-9a-f]+$/)])
})

test('what the file does not have is said by the plan', async () => {
  project.write('a.pipeline.ts', pipeline('dense.onnx', ', layers: { conv1: 5 }'))
  expect(await project.espalier('plan', 'a.pipeline.ts#loaded')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The width of layer conv1 in the network file differs from that in imported().'),
  })
  project.write('a.pipeline.ts', pipeline('dense.onnx', ', layers: { conv9: 5 }'))
  expect((await project.espalier('plan', 'a.pipeline.ts#loaded')).stderr).toContain('The network file has no layer conv9 with weights.')
  renameSync(file('a.pipeline.ts'), file('dense2.onnx'))
  project.write('a.pipeline.ts', pipeline('dense2.onnx'))
  expect((await project.espalier('plan', 'a.pipeline.ts#loaded')).stderr).toContain('The network file is damaged or invalid')
})

test('what it cannot do is refused before anything runs: batch norm, channels, images of another shape', async () => {
  project.write(
    'a.pipeline.ts',
    `
import { bnConv, digits, filterL1, imported, mnist1d, sgd, slimming, task } from 'espalier'
const rest = { optimizer: sgd({ lr: 0.05 }), epochs: 1, batch: 512 }
export const folded = task({ model: bnConv([16, 32]), data: digits(), ...rest })
  .train()
  .export({ format: 'onnx', path: 'folded.onnx', foldBatchNorm: true })
const network = imported({ from: 'folded.onnx', classes: 10, layers: { out: 10 } })
const { pretrained } = task({ model: network, data: digits(), ...rest })
export const scales = pretrained().prune(slimming(0.5))
export const statistics = pretrained().recalibrate()
export const outputs = pretrained().prune(filterL1({ out: 0.5 }))
export const others = task({ model: network, data: mnist1d(), ...rest }).pretrained().evaluate()
`,
  )
  expect((await project.espalier('run', 'a.pipeline.ts#folded')).code).toBe(0)
  const refused: readonly (readonly [target: string, sentence: string])[] = [
    ['scales', 'slimming() looks at batch norm, and the network in the file has none.'],
    ['statistics', 'recalibrate() looks at batch norm, and the network in the file has none.'],
    ['outputs', "There is no layer called 'out' whose channels may be removed."],
    ['others', 'The network reads examples of another shape than the data have.'],
  ]
  for (const [target, sentence] of refused) {
    const { code, stderr } = await project.espalier('plan', `a.pipeline.ts#${target}`)
    expect([code, stderr]).toEqual([2, expect.stringContaining(sentence)])
  }
})

test('a language model out of a file predicts the tokens of a text as before, and is pruned and trained', async () => {
  const words = 'the quick brown fox jumps over the lazy dog and runs away '
  project.write('book.txt', words.repeat(200))
  project.write(
    'a.pipeline.ts',
    `
import { adam, imported, lstm, magnitude, task, text } from 'espalier'
const rest = { data: text({ from: 'book.txt', length: 8, vocabulary: 16 }), optimizer: adam({ lr: 3e-3 }), epochs: 1, batch: 64 }
export const saved = task({ model: lstm([6], { vocabulary: 16, embedding: 4 }), ...rest }).train().evaluate().export({ format: 'onnx', path: 'letters.onnx' })
const { pretrained } = task({ model: imported({ from: 'letters.onnx', classes: 16 }), ...rest })
export const loaded = pretrained().evaluate().prune(magnitude(0.5)).finetune().evaluate().export({ format: 'onnx', path: 'pruned.onnx' })
`,
  )
  const [saved, loaded] = [
    await project.espalier('run', 'a.pipeline.ts#saved', '--json'),
    await project.espalier('run', 'a.pipeline.ts#loaded', '--json'),
  ]
  expect([saved.code, loaded.code]).toEqual([0, 0])
  const [[before], [again, pruned]] = [measured(saved.stdout), measured(loaded.stdout)] as const
  expect(before!['test/perplexity']).toBeGreaterThan(1)
  expect(again!['test/perplexity']).toBeCloseTo(before!['test/perplexity']!, 4)
  expect(pruned!.sparsity).toBeCloseTo(0.5, 2)
})
