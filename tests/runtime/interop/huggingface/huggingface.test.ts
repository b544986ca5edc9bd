import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { ExportOptions } from '../../../../dsl/graph/stage-options.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { writeExport } from '../../../../runtime/interop/export-files.ts'
import { huggingface } from '../../../../runtime/interop/huggingface/huggingface.ts'
import { storeFiles } from '../../../../runtime/store/files.ts'
import type { Target } from '../../../../stdlib/data/dataset.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { type Arch, cifar10, csv, digits, hub, lenet300, lstm, type Model, type mnist, mobyDick, resnet } from '../../../../stdlib/index.ts'
import { buildModel } from '../../../../stdlib/network-registry.ts'
import { pythonWith } from '../../../python-packages.ts'
import { lived } from '../../../stdlib/models/every.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const { python, missing } = await pythonWith('huggingface-hub-2.4.0', ['huggingface_hub==2.4.0', 'safetensors==0.8.0', 'numpy'])

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

const metrics = { 'test/accuracy': 0.9123, 'test/loss': 0.25, 'validation/accuracy': 0.93, parameters: 78042, sparsity: 0.5 }
const recipe = [
  'init {"model":{"name":"resnet","options":{"depth":8}},"seed":0}',
  'train {"epochs":2,"note":"a `b`","optimizer":{"kind":"sgd"}}',
]

type Card = Partial<NonNullable<ExportOptions['card']>>

async function files(
  card: Card = {},
  data: Pick<ReturnType<typeof mnist>, 'spec'> = cifar10(),
  made: typeof resnet | typeof lenet300 = resnet,
) {
  const { spec } = made === lenet300 ? lenet300() : resnet(8)
  const model = buildModel(engine.tf, spec)
  const network = lived(spec, model)
  const services = {
    engine: async () => engine,
    network: async () => ({ model }) as never,
    dataset: async () => ({ input: network.topology.input, classes: 10, normalisation: { mean: [0.5], std: [0.25] } }),
  }
  const options = { format: 'huggingface', path: 'models/no', normalize: { data: data.spec }, card: { recipe, ...card } } as const
  return huggingface.files({ network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), options, metrics }, services)
}

const readme = async (...given: Parameters<typeof files>) => Buffer.from((await files(...given)).get('README.md')!).toString()

test('a folder has the weights, what builds them, the configuration and the card', async () => {
  const all = await files()
  expect([...all.keys()]).toEqual(['config.json', 'model.safetensors', 'load.py', 'README.md'])
  expect(JSON.parse(Buffer.from(all.get('config.json')!).toString())).toMatchObject({
    ...{ model_type: 'espalier', architectures: ['resnet'], num_labels: 10, input: { height: 32, width: 32, channels: 3 } },
    ...{ pixel_mean: [0.5], pixel_std: [0.25], key: 'b'.repeat(64) },
  })
})

test('the card has results, recipe, licences and where the network is from', async () => {
  const text = await readme({ license: 'mit' })
  expect(text).toContain('| test accuracy (%) | 91.23 |\n')
  expect(text).toContain('| parameters that are not zero | 78,042 |\n')
  expect(text).toContain("2. **train**: `epochs = 2`, `note = a 'b'`, `optimizer.kind = sgd`")
  expect(text).toContain('Licence of the data: none is stated by its authors. Licence of the weights: mit.')
  expect(text).toContain(`| network | \`sha256:${'a'.repeat(64)}\` |`)
  expect(await readme()).toContain('Licence of the weights: none is given.')
  const mine = csv({ from: 'a.csv', classes: 10, input: [2, 1, 1] })
  expect(await readme({}, mine)).toContain("csv (the author's own). Licence of the data: not said.")
  expect(await readme({ dataLicense: 'CC0 | <b>' }, mine)).toContain('Licence of the data: CC0 \\| \\<b\\>.')
  expect(await readme({}, mobyDick({ length: 8, vocabulary: 5 }))).toContain('Licence of the data: CC0.')
  expect(await readme({}, hub('me/mine', { classes: 10, size: [32, 32] }))).toContain('datasets:\n  - "me/mine"\n')
})

test.skipIf(missing !== undefined)(`Hugging Face's own client reads it${missing === undefined ? '' : `: ${missing}`}`, async () => {
  const folder = await temporaryFolder()
  for (const [name, content] of await files({ license: 'mit' })) writeFileSync(join(folder, name), content)
  const read = JSON.parse(execFileSync(python, [join(import.meta.dirname, 'read_card.py'), folder], { encoding: 'utf8' })) as unknown
  const cifar = { task: 'image-classification', dataset: 'uoft-cs/cifar10' }
  expect(read).toMatchObject({
    // A name that YAML would take for a boolean.
    ...{ model: 'no', license: 'mit', library: 'pytorch', pipeline: 'image-classification', tags: ['espalier', 'resnet'] },
    ...{ datasets: ['uoft-cs/cifar10'], layout: 'pytorch' },
    names: expect.arrayContaining(['conv1.weight', 'fc.bias', 'layer2.0.downsample.0.weight']),
    results: [
      { ...cifar, split: 'test', metric: 'accuracy', value: 0.9123 },
      { ...cifar, split: 'test', metric: 'loss', value: 0.25 },
      { ...cifar, split: 'validation', metric: 'accuracy', value: 0.93 },
    ],
  })
})

test("somebody else's model stays, and one of ours is replaced, also when it was not written to its end", async () => {
  const folder = await temporaryFolder()
  mkdirSync(join(folder, '.espalier'))
  const { exports } = storeFiles(join(folder, '.espalier'))
  const all = await files()
  const write = (path: string) => writeExport(exports, { folder, path, key: 'c'.repeat(64) }, all, huggingface)
  await write('ours')
  writeFileSync(join(folder, 'ours', 'notes.txt'), 'mine')
  rmSync(join(folder, 'ours', 'README.md'))
  await write('ours')
  expect(readdirSync(join(folder, 'ours')).sort()).toEqual(['README.md', 'config.json', 'load.py', 'model.safetensors', 'notes.txt'])
  for (const name of ['README.md', 'config.json']) {
    const path = `theirs-${name}`
    mkdirSync(join(folder, path))
    writeFileSync(join(folder, path, name), '{ "model_type": "bert" }')
    await expect(write(path)).rejects.toThrow(`it holds a ${name} that is not from here`)
    expect(readFileSync(join(folder, path, name), 'utf8')).toBe('{ "model_type": "bert" }')
  }
})

/** The card of a network with these metrics, and its configuration. */
async function told({ spec }: Pick<Model<Arch>, 'spec'>, target: Target, metrics: { readonly [name: string]: number }) {
  const built = buildModel(engine.tf, spec)
  const network = lived(spec, built)
  const services = {
    engine: async () => engine,
    network: async () => ({ model: built }) as never,
    dataset: async () => ({
      input: network.topology.input,
      classes: network.topology.classes,
      normalisation: { mean: [], std: [] },
      target,
    }),
  }
  const options = { format: 'huggingface', path: 'models/mine', normalize: { data: digits().spec }, card: { recipe } } as const
  const asked = { spec, options }
  huggingface.refuse!(engine.tf, built, asked)
  const all = await huggingface.files({ network, artifact: `sha256:${'a'.repeat(64)}`, key: 'b'.repeat(64), options, metrics }, services)
  const folder = await temporaryFolder()
  for (const [name, content] of all) writeFileSync(join(folder, name), content)
  return {
    folder,
    readme: readFileSync(join(folder, 'README.md'), 'utf8'),
    config: JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as unknown,
  }
}

const readBack = (folder: string) =>
  JSON.parse(execFileSync(python, [join(import.meta.dirname, 'read_card.py'), folder], { encoding: 'utf8' })) as unknown

const resultOf = (task: string) => (split: string, metric: string, value: number) => ({
  task,
  dataset: 'ylecun/mnist',
  split,
  metric,
  value,
})

const measuredTexts = { 'test/perplexity': 12.5, 'test/accuracy': 0.25, 'test/loss': 2.526, 'validation/perplexity': 13 }
const measuredNumbers = { 'test/rmse': 0.75, 'test/r2': 0.5, 'test/loss': 0.5, 'validation/rmse': 0.8, 'test/rmse/width': 0.7 }

test('a language model is for text generation, and measured by its perplexity', async () => {
  const { readme, config, folder } = await told(lstm([4], { vocabulary: 5 }), { kind: 'tokens' }, measuredTexts)
  expect(readme).toContain('pipeline_tag: "text-generation"\n')
  expect(readme).toContain('metrics:\n  - "perplexity"\n  - "accuracy"\n')
  expect(readme).toContain('that predicts the next of 5 tokens at each place of a text')
  expect(readme).toContain('It reads texts of 64 tokens.')
  expect(readme).toContain('| test perplexity | 12.5 |\n| test accuracy of the next token (%) | 25.00 |\n')
  expect(readme).toContain('| validation perplexity | 13 |\n')
  expect(readme).not.toContain('classes')
  expect(config).toMatchObject({ vocab_size: 5, input: { length: 64 } })
  expect(config).not.toHaveProperty('num_labels')
  if (missing !== undefined) return
  const result = resultOf('text-generation')
  expect(readBack(folder)).toMatchObject({
    pipeline: 'text-generation',
    results: [
      result('test', 'perplexity', 12.5),
      result('test', 'accuracy', 0.25),
      result('test', 'loss', 2.526),
      result('validation', 'perplexity', 13),
    ],
  })
})

test('a network of numbers is for regression, and measured by its error and R²; what it gives is taken back to the units of the data', async () => {
  const { name, options } = lenet300().spec
  const table = { spec: { name, options: { ...options, input: [1, 1, 7], classes: 2 } } }
  const target = { kind: 'numbers', mean: [10, 20], std: [2, 4] } as const
  const { readme, config, folder } = await told(table, target, measuredNumbers)
  expect(readme).toContain('pipeline_tag: "tabular-regression"\n')
  expect(readme).toContain('metrics:\n  - "rmse"\n  - "r_squared"\n')
  expect(readme).toContain('that predicts 2 numbers')
  expect(readme).toContain('predicted = normalised * torch.tensor([2, 4]) + torch.tensor([10, 20])')
  expect(readme).toContain('| test root mean squared error | 0.75 |\n| test R² | 0.5 |\n| validation root mean squared error | 0.8 |\n')
  expect(readme).not.toContain('cross-entropy')
  expect(config).toMatchObject({ problem_type: 'regression', num_labels: 2, target_mean: [10, 20], target_std: [2, 4] })
  if (missing === undefined) {
    const result = resultOf('tabular-regression')
    expect(readBack(folder)).toMatchObject({
      pipeline: 'tabular-regression',
      results: [result('test', 'rmse', 0.75), result('test', 'r_squared', 0.5), result('validation', 'rmse', 0.8)],
    })
  }
  const pictures = await told(resnet(8), target, measuredNumbers)
  expect(pictures.readme).toContain('pipeline_tag: "other"\n')
  expect(pictures.readme).toContain('name: "Image regression"\n')
})
