import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Graph } from '../../../../dsl/graph/stage.ts'
import { withWeightFiles } from '../../../../runtime/project/load/weight-files.ts'
import { bnConv, digits, sgd, task } from '../../../../stdlib/index.ts'
import { graphOf } from '../../execution/running.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const graphFrom = (from: string): Graph =>
  graphOf(task({ model: bnConv([4, 6]), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 }).pretrained({ from }))
const optionsIn = ({ stages }: Graph) => stages.find(({ kind }) => kind === 'pretrained')!.options

test('a stage knows the content of its file and where it lies, also behind a link', async () => {
  const folder = realpathSync(await temporaryFolder())
  const file = join(folder, 'a.safetensors')
  writeFileSync(file, 'weights')
  symlinkSync(file, join(folder, 'link.safetensors'))
  const content = createHash('sha256').update('weights').digest('hex')
  for (const name of ['a', 'link']) {
    const { graph, files } = await withWeightFiles(graphFrom(join(folder, `${name}.safetensors`)))
    expect(optionsIn(graph)).toMatchObject({ from: file, content })
    expect(files).toEqual([file])
  }
})

test.each([
  ['is not there', () => {}],
  ['is a folder', (file: string) => void mkdirSync(file)],
  ['is a FIFO that nobody writes to', (file: string) => void execFileSync('mkfifo', [file])],
])('what %s is refused at once', async (_, make) => {
  const file = join(await temporaryFolder(), 'a.safetensors')
  make(file)
  await expect(withWeightFiles(graphFrom(file))).rejects.toThrow('The file of weights that pretrained() begins with cannot be read.')
})
