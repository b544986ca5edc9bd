import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventsNamed, temporaryProject } from './command.ts'

test('a model for Hugging Face and one for PyTorch are written once; the card has what evaluation measures', async () => {
  const project = temporaryProject({
    'a.pipeline.ts': `
import { compare, digits, lenet300, sgd, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 })
const pruned = train().prune(0.8).finetune({ epochs: 1 })
export default compare({
  card: pruned.export({ format: 'huggingface', path: 'models/lenet', license: 'mit' }),
  torch: pruned.export({ format: 'safetensors', path: 'models/lenet.safetensors', layout: 'pytorch', loader: true }),
})
`,
  })
  const at = (name: string) => join(project.folder, 'models', name)
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(readdirSync(at('')).sort()).toEqual(['lenet', 'lenet.safetensors', 'load.py'])
  expect(readdirSync(at('lenet')).sort()).toEqual(['README.md', 'config.json', 'load.py', 'model.safetensors'])
  const accuracy = eventsNamed(stdout, 'done')[0]!.results[0]!.metrics['test/accuracy']!
  const card = project.read('models/lenet/README.md')
  expect(card).toContain(`value: ${accuracy}\n`)
  expect(card).toContain('name: "MNIST (10,000 digits)"')
  expect(card.match(/^\d+\. \*\*(\w+)\*\*/gm)).toEqual(['1. **init**', '2. **train**', '3. **prune**', '4. **finetune**'])
  expect(card).not.toContain(project.folder)
  // The same weights, apart from the key of the stage that wrote them.
  const [one, other] = [readFileSync(at('lenet.safetensors')), readFileSync(at('lenet/model.safetensors'))]
  const data = (file: Buffer) => file.subarray(8 + Number(file.readBigUInt64LE(0)))
  expect(data(one).equals(data(other))).toBe(true)

  rmSync(at('lenet/README.md'))
  const kept = statSync(at('lenet.safetensors')).mtimeMs
  const again = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect(eventsNamed(again.stdout, 'stage-done').map(({ path }) => path)).toEqual(['card/export'])
  expect(project.read('models/lenet/README.md')).toBe(card)
  expect(statSync(at('lenet.safetensors')).mtimeMs).toBe(kept)
})
