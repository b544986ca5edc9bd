import { expect, test } from 'vitest'
import { temporaryProject } from './command.ts'

const file = `
import { adam, bnConv, compare, digits, filterL1, resnet, task } from 'espalier'
const settings = { data: digits(), optimizer: adam({ lr: 3e-3 }), epochs: 1, batch: 512 }
const { train } = task({ model: bnConv([8, 8]), ...settings })
export default train().prune(filterL1(0.5)).shrink()
export const deep = compare({ resnet: task({ model: resnet(20), ...settings }).train(), small: train() })
`

test('networks are summed up before anything has run, and what is left of them after', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': file })
  const { networks } = JSON.parse((await project.espalier('summary', 'a.pipeline.ts#deep', '--json')).stdout)
  expect(networks).toMatchObject([
    { title: 'resnet depth 20 input [28,28,1], the network of deep/resnet/init', parameters: 272_186 },
    { parameters: 9 * (8 + 64) + 32 + 90 },
  ])
  expect((await project.espalier('summary', 'shrink')).stderr).toMatch(/There is no/)

  await project.espalier('run', 'a.pipeline.ts')
  const { stdout } = await project.espalier('summary', 'shrink', '--latency')
  expect(stdout).toMatch(/^shrunk bnConv widths \[8,8\], what shrink gave\n/)
  expect(stdout).toMatch(/\n {2}conv2 +Conv2D +7 × 7 × 4 +144 +7,056 +0\.25\n/)
  expect(stdout).toMatch(
    /compression 3\.13×.*\n {2}file: .*\n {2}latency of 1 image: .*\n {2}latency of 64 images: .*\n {2}Masks make nothing faster/,
  )
  expect((await project.espalier('summary', 'evaluate')).stderr).toMatch(/^The stage evaluate has given no network yet\./)
  // Measured things are nobody's result.
  expect((await project.espalier('run', 'a.pipeline.ts')).stdout).toMatch(/ hit · /)
})
