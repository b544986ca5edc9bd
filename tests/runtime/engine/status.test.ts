import { describe, expect, it } from 'vitest'
import { tensorflowCpu, tensorflowCuda } from '../../../runtime/engine/library.ts'
import { numericsOf } from '../../../runtime/engine/numerics.ts'
import { classOf, engineStatus } from '../../../runtime/engine/status.ts'
import { engineLines } from '../../../runtime/terminal/engine-view.ts'
import { a100, machine, pretendInstalled, saying, t4 } from './fake-gpus.ts'

const linesOf = async (env: NodeJS.ProcessEnv, asked = {}) =>
  engineLines(await engineStatus({ engine: 'auto', threads: 1, env, ...asked })).join('\n')

describe('the status of engines', () => {
  it('measures how fast the chosen one trains two networks', async () => {
    const { numerics, numericsClass, speeds, problem } = await engineStatus({ engine: 'portable', threads: 1, seconds: 0.05 })
    expect(problem).toBeUndefined()
    expect(numericsClass).toBe(classOf(numerics!))
    expect(speeds.map(({ network }) => network)).toEqual(['lenet300', 'conv2'])
    for (const { batch, steps, stepMilliseconds, examplesPerSecond } of speeds) {
      expect(steps).toBeGreaterThanOrEqual(2)
      expect(stepMilliseconds).toBeGreaterThan(0)
      expect(examplesPerSecond).toBeCloseTo((1000 * batch) / stepMilliseconds)
    }
  })

  it('without a library tells where it was looked for and takes the portable engine', async () => {
    const env = await machine()
    const text = await linesOf(env)
    expect(text).toContain(
      `tensorflow           not there (cache folder: ${env.XDG_CACHE_HOME}/espalier/tensorflow-2.21.0-cpu; active Python: none)`,
    )
    expect(text).toContain(
      `tensorflow for CUDA  not there (cache folder: ${env.XDG_CACHE_HOME}/espalier/tensorflow-2.21.0-cuda/tensorflow;`,
    )
    expect(text).toContain('GPU                  none: there is no nvidia-smi on the PATH')
    expect(text).toMatch(/in use +portable 4\.22\.0 on .*, 1 thread, float32/)
    expect(text).toContain('using the portable engine')
    expect(text).toContain('Run: espalier engine install')
    expect(text).toContain('The engine works')
  })

  it('names every GPU, and why one is not used', async () => {
    const env = await machine(saying(t4(0), a100(1), a100(2)))
    const text = await linesOf(env, { engine: 'portable' })
    expect(text).toContain('GPU 1                NVIDIA A100-SXM4-40GB, 40 GiB, driver 535.104.05, compute capability 8.0')
    expect(text).toMatch(/GPU 0 +Tesla T4, 15 GiB, .*; not used: another kind than NVIDIA A100-SXM4-40GB/)
  })

  it('of a damaged library says which file, and that nothing else is computed with', async () => {
    const env = await machine()
    pretendInstalled(env, tensorflowCpu, 0.5)
    const { problem, numerics } = await engineStatus({ engine: 'auto', threads: 1, env })
    expect({ kind: problem?.kind, numerics }).toEqual({ kind: 'damaged', numerics: undefined })
    const text = await linesOf(env)
    expect(text).toMatch(/tensorflow +not there \(cache folder: .*tensorflow-2\.21\.0-cpu, damaged; active Python: none\)/)
    expect(text).toContain('A file of the TensorFlow library is incomplete')
  })

  it('with a GPU and a damaged CUDA build is not well', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCuda, 0.5)
    expect((await engineStatus({ engine: 'auto', threads: 1, env })).problem).toMatchObject({
      kind: 'damaged',
      hint: expect.stringContaining('espalier engine install cuda'),
    })
  })
})

it('the numerics class changes with everything that changes bits', () => {
  const base = numericsOf({ engine: 'tensorflow', xla: false }, 1)
  const others = [
    numericsOf({ engine: 'tensorflow', xla: true }, 1),
    numericsOf({ engine: 'tensorflow', xla: false }, 2),
    numericsOf({ engine: 'portable', xla: false }, 1),
    numericsOf({ engine: 'tensorflow', xla: false, gpu: 'Tesla T4' }, 1),
    { ...base, deviceName: 'another' },
    { ...base, instructions: 'another' },
  ]
  expect(new Set([base, ...others].map(classOf)).size).toBe(1 + others.length)
  expect(classOf(base)).toMatch(/^[0-9a-f]{8}$/)
})
