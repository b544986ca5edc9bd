import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tensorflowCuda } from '../../../../runtime/engine/library.ts'
import { NodeLacks, nodeFor } from '../../../../runtime/execution/slurm/node.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const onGpu = { engine: { engine: 'tensorflow', xla: true, gpu: 'any' } } as const

/** A folder with files of the sizes of the CUDA build, all of them holes, and an nvidia-smi that knows two GPUs. */
async function gpuNode(): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder()
  const { truncateSync } = await import('node:fs')
  for (const { name, bytes } of tensorflowCuda.files) {
    writeFileSync(join(folder, name), '')
    truncateSync(join(folder, name), bytes)
  }
  const smi = join(folder, 'nvidia-smi')
  writeFileSync(smi, `#!/bin/sh\n${[0, 1].map((i) => `echo '${i}, GPU-1234567${i}-0000, NVIDIA A100, 40960, 550.1.2, 8.0'`).join('\n')}\n`)
  chmodSync(smi, 0o755)
  return { PATH: `${folder}:/usr/bin:/bin`, ESPALIER_TENSORFLOW: folder }
}

test('a node without the library refuses, and says what to do', async () => {
  const refused = await nodeFor(
    { engine: { engine: 'tensorflow', xla: false } },
    { ESPALIER_TENSORFLOW: '/not/there', SLURMD_NODENAME: 'n7' },
  ).catch((cause: unknown) => cause)
  expect(refused).toBeInstanceOf(NodeLacks)
  expect(JSON.stringify((refused as NodeLacks).facts)).toMatch(/does not contain the TensorFlow library/)
})

test('a stage computes on the GPU that Slurm has given its job, by the name that it has there', async () => {
  const env = await gpuNode()
  const { engine, gpus } = await nodeFor(onGpu, { ...env, CUDA_VISIBLE_DEVICES: '1' })
  expect(engine.gpu).toBe('NVIDIA A100')
  expect(gpus.map(({ uuid }) => uuid)).toEqual(['GPU-12345671-0000'])
})

test('a node that was given no GPU refuses', async () => {
  const refused = (await nodeFor(onGpu, { ...(await gpuNode()), CUDA_VISIBLE_DEVICES: '' }).catch((cause: unknown) => cause)) as NodeLacks
  expect(refused.message).toBe('a GPU that can be used')
})
