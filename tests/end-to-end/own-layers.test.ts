/** Networks of the user's with layers that have weights of their own: what they cannot do is said by `plan`, and what they can is done. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSafetensors } from '../../runtime/store/safetensors.ts'
import { artifactsOf, eventsNamed, newCheckpoint, type PlanDocument, Project } from './command.ts'
import { ownFiles } from './own-files.ts'

/** A pipeline with layers of many kinds; `mix` is one with a kernel, a scale and a bias of its own. */
const file = (
  middle: string,
  end: string,
) => `import { adam, compare, data, filterL1, layer, model, selfAttention, task, type Tf } from 'espalier'
import { dots } from './lib/dots.ts'
const mix = layer((x, tf, _, { kernel, scale }) => tf.mul(tf.matMul(x, kernel), scale), {
  shape: () => [6],
  weights: { kernel: { shape: ['features', 6], role: 'kernel' }, scale: { shape: [6], role: 'scale' } },
})
const build = (tf: Tf) => {
  const images = tf.input({ shape: [4, 4, 1] })
  let x = images
  const through = (layer: ReturnType<typeof mix>) => {
    const [made] = [layer.apply(x)].flat()
    x = made as typeof x
  }
  through(tf.layers.reshape({ targetShape: [4, 4] }))
  ${middle}
  through(tf.layers.dense({ name: 'out', units: 3 }))
  return tf.model({ inputs: images, outputs: x })
}
const net = model(build, { classes: 3, layers: {${middle.includes('heads: 2') ? ' heads_query: 4,' : ''} out: 3 }, channels: 'has channels', norm: 'no batch-norm', features: 'feature vector', members: 1 })
const { init, train } = task({ model: net, data: data(3, dots), optimizer: adam({ lr: 1e-2 }), epochs: 4, batch: 32 })
${end}
`
const whole = `x = selfAttention(tf, x, { name: 'heads', heads: 2 })
  through(tf.layers.layerNormalization({ name: 'norm' }))
  through(tf.layers.lstm({ name: 'lstm', units: 8, returnSequences: true, unitForgetBias: true }))
  through(tf.layers.gru({ name: 'gru', units: 8 }))
  through(mix(tf, 'mix'))`
const study = `const dense = train({ keep: { early: 1 } })
const ticket = dense.prune(0.5).rewind('early').train()
export default compare({ dense, ticket, heads: dense.prune(filterL1({ heads_query: 0.5 })).shrink().finetune({ epochs: 1 }), written: ticket.export({ path: 'net.safetensors', format: 'safetensors' }) })`

const project = new Project({ 'lib/dots.ts': ownFiles['lib/dots.ts'], 'a.pipeline.ts': file(whole, study) })
afterAll(() => project.remove())

let expected: Awaited<ReturnType<typeof artifactsOf>>
beforeAll(async () => {
  const { code, stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json')
  if (code !== 0) throw new Error(`the first run failed:\n${stdout}\n${stderr}`)
  expected = await artifactsOf(project, 'a.pipeline.ts')
}, 240_000)

test('weights of all kinds are trained, pruned by their roles, rewound, shrunk and written', async () => {
  const { tensors } = readSafetensors(readFileSync(join(project.folder, 'net.safetensors')), 'net.safetensors')
  const zeros = Object.fromEntries(
    [...tensors].map(([name, { data }]) => [name, (data as Float32Array).filter((value) => value === 0).length / data.length]),
  )
  const kernels = Object.keys(zeros).filter((name) => name.endsWith('kernel'))
  expect(kernels.toSorted()).toEqual([
    'gru/kernel',
    'gru/recurrent_kernel',
    'heads_key/kernel',
    'heads_out/kernel',
    'heads_query/kernel',
    'heads_value/kernel',
    'lstm/kernel',
    'lstm/recurrent_kernel',
    'mix/kernel',
    'out/kernel',
  ])
  const size = (name: string) => tensors.get(name)!.data.length
  const all = kernels.reduce((sum, name) => sum + size(name), 0)
  expect(kernels.reduce((sum, name) => sum + zeros[name]! * size(name), 0) / all).toBeCloseTo(0.5, 2)
  for (const name of Object.keys(zeros).filter((name) => !kernels.includes(name))) expect([name, zeros[name]]).toEqual([name, 0])
  const summary = await project.espalier('summary', 'heads/shrink', '--json')
  const parameters = JSON.parse(summary.stdout).networks[0].layers.find(
    ({ layer }: { layer: string }) => layer === 'heads_query',
  ).parameters
  expect(parameters).toBe(4 * 2 + 2)
}, 60_000)

test('the second run is all hits, and an interrupted training goes on to the same bits', async () => {
  const again = await project.espalier('run', 'a.pipeline.ts', '--json')
  expect(eventsNamed(again.stdout, 'done')[0]).toMatchObject({ ok: true, stages: { run: 0 } })
  const other = new Project({ 'lib/dots.ts': ownFiles['lib/dots.ts'], 'a.pipeline.ts': file(whole, study) })
  try {
    const run = other.start(['run', 'a.pipeline.ts', '--checkpoint-every', '0.1'])
    await newCheckpoint(other)
    run.killAll('SIGKILL')
    await run.ended
    const { code } = await other.espalier('run', 'a.pipeline.ts')
    expect(code).toBe(0)
    expect(await artifactsOf(other, 'a.pipeline.ts')).toEqual(expected)
  } finally {
    other.remove()
  }
}, 240_000)

test('another role of a weight is another network, and why says so', async () => {
  try {
    project.write('a.pipeline.ts', file(whole, study).replace("shape: [6], role: 'scale'", "shape: [6], role: 'bias'"))
    const { stdout } = await project.espalier('plan', 'a.pipeline.ts', '--json')
    expect((JSON.parse(stdout) as PlanDocument).stages.filter(({ status }) => status === 'hit')).toEqual([])
    const why = await project.espalier('why', 'a.pipeline.ts', 'dense/init')
    expect(why.stdout).toMatch(/"role":"scale".* → .*"role":"bias"/)
  } finally {
    project.write('a.pipeline.ts', file(whole, study))
  }
}, 60_000)

describe('what the network cannot do is said before anything runs', () => {
  const trained = 'export default train()'
  test.each([
    [
      'through(tf.layers.gaussianNoise({ stddev: 1 })); through(tf.layers.flatten())',
      trained,
      /layer \S+ draws random numbers without a seed/,
    ],
    ["through(tf.layers.lstm({ name: 'lstm', units: 3, dropout: 0.1 }))", trained, /layer lstm draws random numbers without a seed/],
    ['through(tf.layers.lstm({ units: 3 }))', trained, /layer \S+ has weights and no name of its own/],
    ["through(tf.layers.gru({ name: 'gru', units: 3 }))", trained, /no convolution, no heads and no units that may be removed/],
    [
      "x = selfAttention(tf, x, { name: 'heads', heads: 3 }); through(tf.layers.flatten())",
      trained,
      /heads: 4 features cannot be shared among 3 heads/,
    ],
    [
      `${whole.replace('unitForgetBias: true', "unitForgetBias: true, kernelInitializer: 'truncatedNormal'")}`,
      trained,
      /Layer lstm has an initializer that cannot be drawn from a seed/,
    ],
    [
      whole,
      "export default train().export({ path: 'net.onnx', format: 'onnx' })",
      /cannot be written as ONNX: its layer mix is of a kind that is not translated/,
    ],
    [whole, "export default train().export({ path: 'net', format: 'tfjs' })", /its layer heads is not one of tf\.layers/],
    [
      whole,
      "export default train().export({ path: 'net.safetensors', format: 'safetensors', layout: 'pytorch' })",
      /layers that PyTorch has no module for/,
    ],
  ])('%s; %s', async (middle, end, says) => {
    project.write('b.pipeline.ts', file(middle, end))
    const { code, stdout, stderr } = await project.espalier('plan', 'b.pipeline.ts')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr).toMatch(/b\.pipeline\.ts:\d+:\d+/)
    expect(existsSync(join(project.folder, 'net.onnx'))).toBe(false)
  })

  test('data of another shape than it reads', async () => {
    project.write(
      'b.pipeline.ts',
      file(whole, trained).replace('data: data(3, dots)', 'data: data(3, () => ({ ...dots(), input: [2, 8, 1] as const }))'),
    )
    const { code, stderr } = await project.espalier('plan', 'b.pipeline.ts')
    expect(code).toBe(2)
    expect(stderr).toMatch(/The network reads examples of another shape than the data have\..*4 × 4 × 1.*2 × 8 × 1/s)
  })
})
