import { describe, expect, it } from 'vitest'
import type { StageResources } from '../../../dsl/graph/stage.ts'
import { choiceFor, chooseDevices, computingOf } from '../../../runtime/engine/devices.ts'
import { tensorflowCpu, tensorflowCuda } from '../../../runtime/engine/library.ts'
import { engineProblems } from '../../../runtime/engine/problems.ts'
import { a100, machine, pretendInstalled, saying } from './fake-gpus.ts'

const asking = (...devices: readonly (StageResources['device'] | undefined)[]) =>
  devices.map((device) => (device === undefined ? {} : { resources: { device } }))
const [saysNothing, onProcessor, onGpu] = asking(undefined, 'cpu', 'gpu') as [object, object, object]

async function withGpus() {
  const env = await machine(saying(a100(0), a100(1)))
  pretendInstalled(env, tensorflowCpu)
  pretendInstalled(env, tensorflowCuda)
  return env
}

describe('on a machine with GPUs', () => {
  it('those that ask for the processor are computed on it as in a run without GPUs, all others on the GPUs', async () => {
    const devices = await chooseDevices(asking('cpu', 'gpu', undefined), { engine: 'auto' }, await withGpus())
    const gpu = { engine: 'tensorflow', xla: true, gpu: 'NVIDIA A100-SXM4-40GB' }
    expect([saysNothing, onProcessor, onGpu].map((stage) => choiceFor(stage, devices).settings)).toEqual([
      gpu,
      { engine: 'tensorflow', xla: false },
      gpu,
    ])
    expect(devices.noGpu).toBeUndefined()
    expect(devices.processor!.gpus).toEqual([])
  })

  it('nothing is decided for the processor where no stage asks for it', async () => {
    expect(await chooseDevices(asking('gpu', undefined), { engine: 'auto' }, await withGpus())).not.toHaveProperty('processor')
  })

  it('--device cpu is not asked for a GPU: the stage that wants one hears why', async () => {
    const devices = await chooseDevices(asking('gpu'), { engine: 'auto', device: 'cpu' }, await withGpus())
    expect(devices.noGpu).toEqual({ title: '--device cpu keeps the run on the processor.', hint: 'Omit --device cpu, or' })
  })

  it('the processor’s library is missed only by those that need it', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCuda)
    const devices = await chooseDevices(asking('cpu', 'gpu'), { engine: 'tensorflow' }, env)
    expect(choiceFor(onGpu, devices).problem).toBeUndefined()
    expect(choiceFor(onProcessor, devices).problem).toMatchObject({ kind: 'not-installed', hint: 'Run: espalier engine install' })
  })
})

describe('on a machine without', () => {
  it('those that ask for the processor are computed like all others', async () => {
    const env = await machine()
    pretendInstalled(env, tensorflowCpu)
    const devices = await chooseDevices(asking('cpu', undefined), { engine: 'auto' }, env)
    expect(devices).toEqual({ usual: choiceFor(onProcessor, devices) })
  })

  it.each([
    ['no driver', undefined, {}, 'there is no nvidia-smi on the PATH', 'Run it where there is one, or'],
    ['no CUDA build', saying(a100(0)), {}, 'The CUDA build of the TensorFlow library is not installed.', 'engine install cuda Or'],
    ['the portable engine', undefined, { engine: 'portable' }, 'runs only on the CPU', 'Omit --engine portable, or'],
  ] as const)('those that ask for a GPU are told what is missing: %s', async (_, tool, asked, title, hint) => {
    const env = await machine(tool)
    pretendInstalled(env, tensorflowCpu)
    const { noGpu } = await chooseDevices(asking('gpu'), { engine: 'auto', ...asked }, env)
    expect(noGpu!.title).toContain(title)
    expect(noGpu!.hint).toContain(hint)
    const at = { file: 'a.pipeline.ts', line: 3, column: 9 }
    expect(engineProblems.gpuAskedFor({ path: 'hybrid/train', at }, noGpu!)).toMatchObject({
      title: 'A stage requires a GPU, but none is available.',
      facts: [
        ['stage', 'hybrid/train'],
        ['at', 'a.pipeline.ts:3:9'],
        ['reason', noGpu!.title],
      ],
      hint: `${noGpu!.hint} remove device: 'gpu' from its resources.`,
    })
  })
})

it('what a worker is told: the processor’s engine and threads only for those that ask, and only in a run on GPUs', () => {
  const gpu = { engine: 'tensorflow', xla: true, gpu: 'Tesla T4' } as const
  const shares = { gpu: 1, processor: 2, threads: 2 }
  const mixed = { engine: gpu, processor: { engine: 'portable', xla: false }, resources: { threads: 8, shares } } as const
  expect(computingOf(onProcessor, mixed)).toEqual({ engine: { engine: 'portable', xla: false }, threads: 2 })
  for (const stage of [onGpu, saysNothing]) expect(computingOf(stage, mixed)).toEqual({ engine: gpu, threads: 8 })
  expect(computingOf(onProcessor, { resources: { threads: 4 } })).toEqual({ engine: { engine: 'tensorflow', xla: false }, threads: 4 })
})
