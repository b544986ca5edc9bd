import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tensorflowCpu, tensorflowCuda } from '../../runtime/engine/library.ts'
import { libraryFolder } from '../../runtime/engine/locate.ts'
import { openDisk } from '../../runtime/store/sqlite/disk-store.ts'
import { a100, machine, pretendInstalled, saying, t4 } from '../runtime/engine/fake-gpus.ts'
import { eventsNamed, type Project, study, temporaryProject } from './command.ts'

const files = { 'a.pipeline.ts': study({ epochs: 1, seeds: 2 }) }

/** Where the tests' machine has the processor's build. */
const own = process.env.ESPALIER_TENSORFLOW || libraryFolder({ ...process.env, HOME: homedir() })

/** Instead of the worker: notes what it was started with, and fails. */
function noteWorkers({ folder }: Project): { readonly env: NodeJS.ProcessEnv; readonly noted: () => { [name: string]: unknown }[] } {
  const notes = join(folder, 'notes')
  writeFileSync(notes, '')
  writeFileSync(
    join(folder, 'node_modules/espalier/dist/worker.js'),
    `import { appendFileSync, createReadStream, writeSync } from 'node:fs'
     import { createInterface } from 'node:readline'
     let nonce
     const lines = createInterface({ input: createReadStream(null, { fd: 3 }) })
     lines.on('close', () => process.exit(0))
     lines.on('line', (line) => {
       const { type, job, nonce: given } = JSON.parse(line)
       if (type === 'begin') nonce = given
       if (type !== 'run') return
       const { CUDA_VISIBLE_DEVICES, TF_FORCE_GPU_ALLOW_GROWTH, TF_DETERMINISTIC_OPS, NVIDIA_TF32_OVERRIDE } = process.env
       const { engine, threads, path } = job
       appendFileSync(process.env.NOTES, JSON.stringify({ CUDA_VISIBLE_DEVICES, TF_FORCE_GPU_ALLOW_GROWTH, TF_DETERMINISTIC_OPS, NVIDIA_TF32_OVERRIDE, engine, threads, path }) + '\\n')
       const { id, attempt } = job
       const message = { type: 'failed', kind: 'engine', transient: false, title: 'noted', facts: [], hint: '' }
       setTimeout(() => writeSync(4, JSON.stringify({ nonce, id, attempt, message }) + '\\n'), 300)
     })`,
  )
  return {
    env: { NOTES: notes },
    noted: () =>
      readFileSync(notes, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { [name: string]: unknown }),
  }
}

test('on two GPUs there are two workers, and each sees one of them', async () => {
  const project = temporaryProject(files)
  const { env, noted } = noteWorkers(project)
  const gpus = await machine(saying(t4(0), a100(1), a100(2)))
  pretendInstalled(gpus, tensorflowCuda)
  const { code, stdout, stderr } = await project.start(['run', 'a.pipeline.ts', '--json', '--threads', '3'], { ...gpus, ...env }).ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(eventsNamed(stdout, 'start')).toMatchObject([{ slots: 2, threads: 3 }])
  const workers = noted()
  expect(new Set(workers.map((worker) => worker.CUDA_VISIBLE_DEVICES))).toEqual(
    new Set(['GPU-1aaaaaaa-0000-1111-2222-333333333333', 'GPU-2aaaaaaa-0000-1111-2222-333333333333']),
  )
  for (const worker of workers)
    expect(worker).toMatchObject({
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      TF_DETERMINISTIC_OPS: '1',
      NVIDIA_TF32_OVERRIDE: '0',
      engine: { engine: 'tensorflow', xla: true, gpu: 'NVIDIA A100-SXM4-40GB' },
      threads: 3,
    })
})

const gpuAndProcessor = `
import { adam, compare, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export default compare({ there: train({ seed: 1 }), here: task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, seed: 2, resources: { device: 'cpu' } }).train() })
`

test('a stage that asks for the processor has a worker on it, beside the GPUs', async () => {
  const project = temporaryProject({ 'a.pipeline.ts': gpuAndProcessor })
  const { env, noted } = noteWorkers(project)
  const gpus = await machine(saying(a100(0)))
  pretendInstalled(gpus, tensorflowCuda)
  pretendInstalled(gpus, tensorflowCpu)
  const { stdout } = await project.start(['run', 'a.pipeline.ts', '--json'], { ...gpus, ...env }).ended
  expect(eventsNamed(stdout, 'start')).toMatchObject([{ threads: availableParallelism() }])
  const workers = new Map(noted().map((worker) => [worker.path, worker]))
  expect([...workers.keys()].toSorted()).toEqual(['here/init', 'there/init'])
  expect(workers.get('there/init')).toMatchObject({
    CUDA_VISIBLE_DEVICES: 'GPU-0aaaaaaa-0000-1111-2222-333333333333',
    engine: { engine: 'tensorflow', xla: true, gpu: 'NVIDIA A100-SXM4-40GB' },
  })
  expect(workers.get('here/init')).toMatchObject({ CUDA_VISIBLE_DEVICES: '', engine: { engine: 'tensorflow', xla: false } })
})

test('on a machine with a GPU, a task that asks for the processor is computed there and says so in what it records', async () => {
  const project = temporaryProject({
    'a.pipeline.ts': `import { adam, digits, lenet300, task } from 'espalier'
      export default task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1, resources: { device: 'cpu', memory: '1 GB' } }).train()`,
  })
  const gpus = await machine(saying(a100(0)))
  pretendInstalled(gpus, tensorflowCuda)
  symlinkSync(own, libraryFolder(gpus, tensorflowCpu))
  const { code, stderr } = await project.start(['run', 'a.pipeline.ts', '--json'], gpus).ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const store = await openDisk(join(project.folder, '.espalier'))
  const results = store.index.all('SELECT numerics FROM results').map(({ numerics }) => JSON.parse(String(numerics)))
  store.close()
  const recorded = results.flatMap((numerics) =>
    numerics === null ? [] : [`${numerics.engine} on ${numerics.device}, xla ${numerics.xla}`],
  )
  expect(new Set(recorded)).toEqual(new Set(['tensorflow on cpu, xla false']))
  // Without a GPU it is the same plan, and all of it is there.
  const planned = await project.start(['plan', 'a.pipeline.ts', '--json']).ended
  const { stages } = JSON.parse(planned.stdout) as { stages: { status: string; resources: unknown }[] }
  expect(stages.map(({ status, resources }) => ({ status, resources }))).toEqual(
    Array.from({ length: 3 }, () => ({ status: 'hit', resources: { device: 'cpu', memory: 1e9 } })),
  )
})

test.each([
  [
    'a GPU where there is none',
    "device: 'gpu'",
    [],
    ['A stage requires a GPU', 'there is no nvidia-smi on the PATH', 'Run it where there is one'],
  ],
  ['a GPU, and --device cpu', "device: 'gpu'", ['--device', 'cpu'], ['A stage requires a GPU', 'Omit --device cpu']],
  ['more memory than there is', "memory: '900 TB'", [], ['asks for more memory than there is', '900 TB']],
])('a stage that asks for %s is refused before anything starts', async (_, resources, flags, says) => {
  const project = temporaryProject({
    'a.pipeline.ts': study({ epochs: 1 }).replace('dense: train()', `dense: train({ resources: { ${resources} } })`),
  })
  const env = { ...(await machine()), ESPALIER_TENSORFLOW: own }
  const { code, stdout, stderr } = await project.withoutWorker().start(['run', 'a.pipeline.ts', '--json', ...flags], env).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  for (const words of [...says, 'seed=0/dense/train', 'a.pipeline.ts:9:12']) expect(stderr).toContain(words)
})

test('with a GPU but without the CUDA build, a run computes on the processor and says so in one line', async () => {
  const project = temporaryProject(files)
  const { env, noted } = noteWorkers(project)
  const gpus = await machine(saying(a100(0)))
  const { stdout } = await project.start(['run', 'a.pipeline.ts', '--json'], {
    ...gpus,
    ...env,
    XDG_CACHE_HOME: join(own, '..', '..'),
    ESPALIER_TENSORFLOW: undefined,
  }).ended
  const [warning, ...more] = eventsNamed(stdout, 'warning')
  expect(more).toEqual([])
  expect(warning!.problem.title).toContain('There is a GPU (NVIDIA A100-SXM4-40GB), but the CUDA build')
  expect(noted()[0]).toMatchObject({ engine: { engine: 'tensorflow', xla: false } })
  expect(noted()[0]).not.toHaveProperty('CUDA_VISIBLE_DEVICES')
})

test.each([
  ['without a GPU', ['--device', 'gpu'], 'No GPU is available.\n  reason  there is no nvidia-smi on the PATH\n'],
  ['with the portable engine', ['--device', 'gpu', '--engine', 'portable'], 'The portable engine runs only on the CPU.\n'],
])('--device gpu %s is refused before anything starts', async (_, flags, says) => {
  const project = temporaryProject(files)
  const { code, stdout, stderr } = await project.start(['run', 'a.pipeline.ts', '--json', ...flags], await machine()).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(says)
  expect(stderr).toContain('--device')
})

test.each([
  ['portable', 'the portable engine.', {}],
  // Short of what multiplies bfloat16, whatever the processor.
  ['tensorflow', 'this processor', { ONEDNN_MAX_CPU_ISA: 'AVX2' }],
])('mixed precision where nothing is gained is refused, naming the stage: %s', async (engine, where, env) => {
  const project = temporaryProject({ 'a.pipeline.ts': study({ epochs: 1 }).replace('epochs: 1,', "epochs: 1, precision: 'mixed',") })
  const { code, stdout, stderr } = await project.start(['run', 'a.pipeline.ts', '--json', '--engine', engine], env).ended
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`Mixed precision is not faster on ${where}`)
  expect(stderr).toMatch(/\n {2}stage +seed=0\/dense\/train/)
  expect(stderr).toContain("Omit precision: 'mixed'")
})

test('more slots than GPUs are refused', async () => {
  const project = temporaryProject(files)
  const gpus = await machine(saying(a100(0)))
  pretendInstalled(gpus, tensorflowCuda)
  const { code, stderr } = await project.start(['run', 'a.pipeline.ts', '--slots', '2'], gpus).ended
  expect(code).toBe(2)
  expect(stderr).toContain('There is 1 GPU, and each running stage needs its own.')
})
