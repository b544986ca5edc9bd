import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { chooseEngine } from '../../../runtime/engine/choice.ts'
import { choose, computeHereOn, environmentOf, findGpus, parseGpus } from '../../../runtime/engine/gpu.ts'
import { tensorflowCpu, tensorflowCuda } from '../../../runtime/engine/library.ts'
import { numericsOf } from '../../../runtime/engine/numerics.ts'
import { resources } from '../../../runtime/plan/width.ts'
import { a100, machine, pretendInstalled, saying, t4 } from './fake-gpus.ts'

const gpusOf = (...lines: readonly string[]) => parseGpus(lines.join('\n'))!
const indices = (gpus: readonly { readonly index: number }[]) => gpus.map(({ index }) => index)

describe('nvidia-smi', () => {
  it('tells name, memory, driver and capability of each GPU', async () => {
    const { gpus, idle, none } = await findGpus(await machine(saying(a100(0), a100(1))))
    expect(gpus).toEqual([
      {
        index: 0,
        uuid: 'GPU-0aaaaaaa-0000-1111-2222-333333333333',
        name: 'NVIDIA A100-SXM4-40GB',
        memoryMiB: 40960,
        driver: '535.104.05',
        capability: 8,
      },
      expect.objectContaining({ index: 1, uuid: 'GPU-1aaaaaaa-0000-1111-2222-333333333333' }),
    ])
    expect({ idle, none }).toEqual({ idle: [], none: undefined })
  })

  it('is asked for what is read, and for nothing else', async () => {
    const asking = await machine(
      `test "$*" = '--query-gpu=index,uuid,name,memory.total,driver_version,compute_cap --format=csv,noheader,nounits' && ${saying(a100(0))}`,
    )
    expect((await findGpus(asking)).gpus).toHaveLength(1)
  })

  it('that is missing is no fault: this is a machine without GPUs', async () => {
    expect((await findGpus(await machine())).none).toEqual({ why: 'there is no nvidia-smi on the PATH', absent: true })
  })

  it.each([
    [
      'fails',
      'echo "NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver."; exit 9',
      /failed: NVIDIA-SMI has failed because/,
    ],
    ['fails on standard error', 'echo "no permission" >&2; exit 4', /failed: no permission/],
    ['finds nothing', 'echo "No devices were found"', /something else than a list of GPUs: No devices were found/],
    ['says nothing', 'exit 0', /something else than a list of GPUs: nothing/],
    ['gives an error of one field', saying('0, GPU-0aaaaaaa-0000, [Unknown Error], 1, 535.1, 8.0, x'), /something else/],
    ['says too much', 'while :; do echo "0, GPU-00000000, GPU, 1, 535.1, 8.0"; done', /said more than 65536 bytes/],
    ['is killed', 'kill -9 $$', /nvidia-smi failed/],
    ['writes bytes that are no text', "printf '\\033[31m\\000\\377'", /something else than a list of GPUs: \?\[31m/],
  ])('that %s leaves no GPU, and says why in one line', async (_, script, why) => {
    const { gpus, none } = await findGpus(await machine(script))
    expect(gpus).toEqual([])
    expect(none!.absent).toBe(false)
    expect(none!.why).toMatch(why)
    expect(none!.why).toMatch(/^[\x20-\x7e…]{1,240}$/)
  })

  it('that cannot be run is told from one that is missing', async () => {
    const env = await machine('exit 0')
    const program = join(env.PATH!.split(':')[0]!, 'nvidia-smi')
    rmSync(program)
    mkdirSync(program)
    expect((await findGpus(env)).none).toMatchObject({ why: expect.stringMatching(/nvidia-smi/) })
  })

  it.each([
    ['more than 64 lines', Array.from({ length: 65 }, (_, i) => a100(i)).join('\n')],
    ['a name of 101 characters', a100(0).replace('NVIDIA', 'N'.repeat(101))],
    ['a UUID that would mean something to a shell', a100(0).replace(/GPU-0/, 'GPU-$(x)')],
    ['a missing field', '0, GPU-0aaaaaaa-0000, A100, 40960, 535.104.05'],
    ['one line of another kind', `${a100(0)}\nwarning: infoROM is corrupted`],
  ])('is not believed with %s', (_, text) => {
    expect(parseGpus(text)).toBeUndefined()
  })

  it('may not know the memory of a GPU that shares the machine’s', () => {
    expect(gpusOf(a100(0).replace('40960', '[N/A]'))[0]!.memoryMiB).toBeUndefined()
  })
})

describe('of the GPUs there are', () => {
  it('those of the most frequent kind are used, and the others are named with the reason', () => {
    const { gpus, idle } = choose(gpusOf(t4(0), a100(1), a100(2)), undefined)
    expect(indices(gpus)).toEqual([1, 2])
    expect(idle).toMatchObject([{ gpu: { index: 0 }, why: 'another kind than NVIDIA A100-SXM4-40GB' }])
  })

  it('the first decides when there are as many of each kind', () => {
    expect(indices(choose(gpusOf(t4(0), a100(1)), undefined).gpus)).toEqual([0])
  })

  it.each([
    ['1', [1]],
    ['2,0', [0, 2]],
    ['GPU-1aaa', [1]],
    ['0,7,1', [0]],
    [' 1 , 2 ', [1, 2]],
    ['-1', []],
    ['', []],
    ['MIG-1', []],
  ] as const)('CUDA_VISIBLE_DEVICES=%s leaves these', (visible, expected) => {
    expect(indices(choose(gpusOf(a100(0), a100(1), a100(2)), visible).gpus).toSorted()).toEqual(expected)
  })

  it('none is left when all are hidden: on purpose when the variable is empty', () => {
    expect(choose(gpusOf(a100(0)), '').none!.absent).toBe(true)
    expect(choose(gpusOf(a100(0)), '5').none).toEqual({ why: "NVIDIA A100-SXM4-40GB: CUDA_VISIBLE_DEVICES is '5'", absent: false })
  })

  it.each([
    ['470.82.01', false],
    ['525.60.12', false],
    ['525.60.13', true],
    ['525.105.17', true],
    ['580.65', true],
  ])('with driver %s, can it be used: %s', (driver, usable) => {
    const { gpus, none } = choose(gpusOf(a100(0).replace('535.104.05', driver)), undefined)
    expect(gpus.length === 1).toBe(usable)
    if (!usable) expect(none!.why).toContain(`its driver ${driver} is older than 525.60.13, which CUDA 12 needs`)
  })

  it('one older than Pascal is not used', () => {
    expect(choose(gpusOf(t4(0).replace('7.5', '5.2')), undefined).none!.why).toContain('its compute capability 5.2 is below 6.0')
  })
})

describe('--device', () => {
  it('auto takes the GPUs when the CUDA build is there, with XLA, one slot each', async () => {
    const env = await machine(saying(a100(0), a100(1)))
    pretendInstalled(env, tensorflowCuda)
    const { settings, gpus, warning, problem } = await chooseEngine({ engine: 'auto' }, env)
    expect({ settings, warning, problem }).toEqual({
      settings: { engine: 'tensorflow', xla: true, gpu: 'NVIDIA A100-SXM4-40GB' },
      warning: undefined,
      problem: undefined,
    })
    expect(indices(gpus)).toEqual([0, 1])
    expect(resources({ stages: [], targets: [] }, 16, {}, gpus.length)).toEqual({ slots: 2, threads: 8 })
    expect((await chooseEngine({ engine: 'auto', xla: false }, env)).settings.xla).toBe(false)
  })

  it('auto computes on the processor when only the CUDA build is missing, in one line that says what to run', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCpu)
    const { settings, gpus, warning, problem } = await chooseEngine({ engine: 'auto' }, env)
    expect({ settings, gpus, problem }).toEqual({ settings: { engine: 'tensorflow', xla: false }, gpus: [], problem: undefined })
    expect(warning!.title).toBe(
      'There is a GPU (NVIDIA A100-SXM4-40GB), but the CUDA build of the TensorFlow library is not installed: using the CPU.',
    )
    expect(warning!.hint).toContain('espalier engine install cuda')
  })

  it('auto does not compute around a CUDA build that is damaged', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCpu)
    pretendInstalled(env, tensorflowCuda, 0.5)
    expect(await chooseEngine({ engine: 'auto' }, env)).toMatchObject({ warning: undefined, problem: { kind: 'damaged' } })
  })

  it('auto says that a driver is broken, and computes on the processor', async () => {
    const env = await machine('exit 9')
    pretendInstalled(env, tensorflowCpu)
    const { settings, warning } = await chooseEngine({ engine: 'auto' }, env)
    expect(settings).toEqual({ engine: 'tensorflow', xla: false })
    expect(warning!.title).toMatch(/^No GPU can be used \(nvidia-smi failed: .*\): using the CPU\.$/)
    expect(warning!.title).not.toContain('\n')
  })

  it('auto says nothing of GPUs that were hidden on purpose, and of a machine that has none', async () => {
    for (const env of [{ ...(await machine(saying(a100(0)))), CUDA_VISIBLE_DEVICES: '' }, await machine()]) {
      pretendInstalled(env, tensorflowCpu)
      expect(await chooseEngine({ engine: 'auto' }, env)).toMatchObject({
        settings: { engine: 'tensorflow', xla: false },
        warning: undefined,
      })
    }
  })

  it('auto with a folder named for the processor’s build stays on the processor', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCpu)
    const named = { ...env, ESPALIER_TENSORFLOW: join(env.XDG_CACHE_HOME!, 'espalier', 'tensorflow-2.21.0-cpu') }
    expect(await chooseEngine({ engine: 'auto' }, named)).toMatchObject({
      settings: { engine: 'tensorflow', xla: false },
      problem: undefined,
    })
  })

  it('cpu does not ask for GPUs', async () => {
    const env = await machine(`touch "$XDG_CACHE_HOME-asked"; ${saying(a100(0))}`)
    pretendInstalled(env, tensorflowCpu)
    pretendInstalled(env, tensorflowCuda)
    expect(await chooseEngine({ engine: 'auto', device: 'cpu' }, env)).toMatchObject({
      settings: { engine: 'tensorflow', xla: false },
      gpus: [],
    })
    expect(existsSync(`${env.XDG_CACHE_HOME}-asked`)).toBe(false)
  })

  it('gpu is an error without a GPU, with the reason and what to do', async () => {
    const { problem } = await chooseEngine({ engine: 'auto', device: 'gpu' }, await machine())
    expect(problem).toMatchObject({
      title: 'No GPU is available.',
      facts: [['reason', 'there is no nvidia-smi on the PATH']],
      hint: expect.stringContaining('--device cpu'),
    })
  })

  it('gpu is an error without the CUDA build', async () => {
    const env = await machine(saying(a100(0)))
    pretendInstalled(env, tensorflowCpu)
    const { problem } = await chooseEngine({ engine: 'auto', device: 'gpu' }, env)
    expect(problem).toMatchObject({ kind: 'not-installed', hint: 'Run: espalier engine install cuda' })
  })

  it('gpu cannot be had with the portable engine', async () => {
    await expect(chooseEngine({ engine: 'portable', device: 'gpu' })).rejects.toThrow('The portable engine runs only on the CPU.')
  })
})

describe('what a GPU computes with', () => {
  it('is recorded: its name, and that TF32 is off; a processor says nothing of TF32', () => {
    expect(numericsOf({ engine: 'tensorflow', xla: true, gpu: 'Tesla T4' }, 4)).toEqual({
      engine: 'tensorflow',
      version: '2.21.0',
      device: 'gpu',
      deviceName: 'Tesla T4',
      threads: 4,
      oneDNN: true,
      xla: true,
      precision: 'float32',
      tf32: false,
    })
    expect(numericsOf({ engine: 'tensorflow', xla: false }, 4)).not.toHaveProperty('tf32')
  })

  it('is set in this process too, when it is the one that computes: before the library is loaded', () => {
    const before = { ...process.env }
    onTestFinished(() => {
      process.env = before
    })
    computeHereOn([])
    expect(process.env).toEqual(before)
    const gpus = gpusOf(a100(3), a100(1))
    const environment = environmentOf(gpus[0]!)
    computeHereOn(gpus)
    expect(process.env).toEqual({ ...before, ...environment })
  })

  it('is set in the worker’s environment: one GPU, memory as needed, the same bits each time, the user’s own XLA flags kept', () => {
    const [gpu] = gpusOf(a100(3))
    expect(environmentOf(gpu!, { XLA_FLAGS: '--xla_dump_to=/tmp/x' })).toEqual({
      CUDA_VISIBLE_DEVICES: 'GPU-3aaaaaaa-0000-1111-2222-333333333333',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_DETERMINISTIC_OPS: '1',
      TF_CUDNN_USE_AUTOTUNE: '0',
      NVIDIA_TF32_OVERRIDE: '0',
      CUBLAS_WORKSPACE_CONFIG: ':4096:8',
      XLA_FLAGS: '--xla_dump_to=/tmp/x --xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0',
    })
  })
})
