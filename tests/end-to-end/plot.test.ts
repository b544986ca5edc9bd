import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryProject } from './command.ts'

const file = `
import { adam, compare, digits, lenet300, seeds, sweep, task } from 'espalier'
export default seeds(2, (seed) => {
  const dense = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 3e-3 }), epochs: 1, batch: 512, seed }).train()
  return sweep({ sparsity: [0.5, 0.9] }, ({ sparsity }) => compare({ dense, 'pruned "<b>"': dense.prune(sparsity).finetune({ epochs: 1 }) }))
})
`

test('a study is planned as a graph, and drawn from what the store has, in the terminal and as files', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': file })
  expect((await project.espalier('plot', 'a.pipeline.ts')).stderr).toMatch(/^a\.pipeline\.ts has no results yet\./)
  const { stdout: graph } = await project.espalier('plan', 'a.pipeline.ts', '--mermaid')
  expect(graph).toMatch(/^flowchart TB\n {2}n0\["init<br\/>dense<br\/>sparsity=0.5<br\/>2 seeds<br\/>to run"\]:::run\n/)
  expect((await project.espalier('plan', 'a.pipeline.ts', '--dot')).stdout).toMatch(/^digraph plan \{\n/)
  const { edges } = JSON.parse((await project.espalier('plan', 'a.pipeline.ts', '--json')).stdout)
  expect(edges[0]).toEqual({ from: 'seed=0/sparsity=0.5/dense/init', to: 'seed=0/sparsity=0.5/dense/train', role: 'model' })

  await project.espalier('run', 'a.pipeline.ts')
  const drawn = await project.espalier('plot', 'a.pipeline.ts')
  expect(drawn.stdout).toMatch(/^test accuracy \(%\)\n[\s\S]*compression ratio, logarithmic\n[\s\S]*0\.9\/"pruned \\"<b>\\""/)
  expect((await project.espalier('plot', 'a.pipeline.ts', '--curve', 'train/loss')).stdout).toMatch(/^training loss \(nats\)\n/)
  expect((await project.espalier('plot', 'a.pipeline.ts', '--layers')).stdout).toMatch(/^% left of .*\nfc1 /)
  expect(JSON.parse((await project.espalier('plot', 'a.pipeline.ts', '--json')).stdout)).toMatchObject({
    view: 'trade-off',
    version: 1,
    missing: [],
  })

  for (const [format, begins] of [
    ['svg', '<svg '],
    ['pdf', '%PDF'],
    ['png', '\u0089PNG'],
  ] as const) {
    const wrote = await project.espalier('plot', 'a.pipeline.ts', '--out', `figure.${format}`)
    expect(wrote).toMatchObject({ code: 0, stderr: '' })
    expect(wrote.stdout).toMatch(/^figure\.\w+: 85 × \d+ mm\. Test accuracy by compression ratio: mean over 2 seeds; bars: /)
    const bytes = readFileSync(join(project.folder, `figure.${format}`), 'latin1')
    expect(bytes.startsWith(begins)).toBe(true)
    // In another process too.
    await project.espalier('plot', 'a.pipeline.ts', '--out', 'again', '--format', format)
    expect(readFileSync(join(project.folder, 'again'), 'latin1')).toBe(bytes)
  }
  const unknown = await project.espalier('plot', 'a.pipeline.ts', '--x', 'sparsity', '--y', 'tset/accuracy')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toMatch(/^There is no metric 'tset\/accuracy'\.\n +metrics .*test\/accuracy/)
  expect((await project.espalier('plot', 'a.pipeline.ts', '--out', 'figure')).stderr).toMatch(/does not say in which format to write/)
  expect((await project.espalier('plot', 'a.pipeline.ts', '--out', 'nowhere/figure.svg')).stderr).toMatch(
    /nowhere\/figure\.svg cannot be written/,
  )
})
