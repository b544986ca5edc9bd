/** A pipeline that begins with weights out of a file. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { eventsOf, Project, standingOf } from './command.ts'

const pipeline = (from: string, width = 4) => `
import { bnConv, digits, sgd, task } from 'espalier'
const { train, pretrained } = task({ model: bnConv([${width}, 6]), data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 1, batch: 512 })
export const saved = train().export({ format: 'safetensors', path: 'dense.safetensors' })
export const loaded = pretrained({ from: '${from}', layout: 'espalier' }).prune(0.5).finetune()
`
const project = new Project({ 'a.pipeline.ts': pipeline('dense.safetensors') })
afterAll(() => project.remove())
const file = (name: string) => join(project.folder, name)

const statusOf = (path: string) => standingOf(project, 'a.pipeline.ts#loaded', path)

test('weights out of a file are those that were written; its content is in the key, its place is not', async () => {
  expect(await project.espalier('plan', 'a.pipeline.ts#loaded')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The file of weights that pretrained() begins with cannot be read.'),
  })
  expect((await project.espalier('run', 'a.pipeline.ts#saved')).code).toBe(0)
  const run = eventsOf((await project.espalier('run', 'a.pipeline.ts#loaded', '--json')).stdout).at(-1)!
  if (run.event !== 'done') throw new Error(`the last event is ${run.event}`)
  expect(run.ok).toBe(true)
  const artifactOf = async (stage: string) => {
    const { stdout, stderr } = await project.espalier('show', stage, '--json')
    const found = /"artifact": ?"(sha256:[0-9a-f]{64})"/.exec(stdout)?.[1]
    return found ?? expect.fail(`no artifact of ${stage}: ${stdout}${stderr}`)
  }
  expect(await artifactOf('loaded/pretrained')).toBe(await artifactOf('saved/train'))

  renameSync(file('dense.safetensors'), file('moved.safetensors'))
  writeFileSync(file('a.pipeline.ts'), pipeline('moved.safetensors'))
  expect(await statusOf('loaded/pretrained')).toEqual(['hit'])
  const bytes = readFileSync(file('moved.safetensors'))
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(file('moved.safetensors'), bytes)
  expect(await statusOf('loaded/pretrained')).toEqual(['run', expect.stringMatching(/^content [0-9a-f]+ → [0-9a-f]+$/)])
})

test('a file that does not fit the network is refused by what is wrong with it', async () => {
  project.write('b.pipeline.ts', pipeline('moved.safetensors', 8))
  const { code, stdout } = await project.espalier('run', 'b.pipeline.ts#loaded', '--json')
  expect(code).toBe(1)
  expect(stdout).toContain('The weights do not fit the network: conv1/kernel is [3, 3, 1, 4] where the network needs [3, 3, 1, 8].')
})
