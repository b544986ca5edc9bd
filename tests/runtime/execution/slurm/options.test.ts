import { expect, test } from 'vitest'
import { sbatchOptions } from '../../../../runtime/execution/slurm/options.ts'

const native = { engine: 'tensorflow', xla: false } as const
const onGpu = { ...native, gpu: 'any' }
const run = { grace: 120, poll: 15 }
const optionsOf = (engine: typeof native, asked: Parameters<typeof sbatchOptions>[2], more = {}) =>
  sbatchOptions({ engine, threads: 4 }, { bytes: 1e9 }, asked, { ...run, ...more })

test('a job asks for its threads and for the signal before its limit, and for nothing that nobody asked for', () => {
  expect(optionsOf(native, undefined)).toEqual(['--cpus-per-task=4', '--signal=B:USR2@120'])
})

test('what a stage asks for goes before what the run asks for, one for one', () => {
  const flags = { partition: 'short', account: 'us', time: '60', options: ['--constraint=ib'] }
  const asked = { memory: 6e9, slurm: { partition: 'long', time: '2-0', options: ['--exclusive'] } }
  expect(optionsOf(native, asked, flags).slice(2)).toEqual([
    '--partition=long',
    '--account=us',
    '--time=2-0',
    '--mem=5723M',
    '--constraint=ib',
    '--exclusive',
  ])
})

test.each([
  ['a stage on a GPU gets one', onGpu, undefined, undefined, '--gres=gpu:1'],
  ['or the kind that the run names', onGpu, 'gpu:a100:1', undefined, '--gres=gpu:a100:1'],
  ['beside what else the run names', onGpu, 'nvme:1', undefined, '--gres=gpu:1,nvme:1'],
  ['or what it asks for itself', onGpu, 'gpu:1', { slurm: { gres: 'gpu:h100:1' } }, '--gres=gpu:h100:1'],
  ['a stage on the processor takes none of them from the others', native, 'gpu:1', undefined, undefined],
  ['but gets what is no GPU', native, 'nvme:1', undefined, '--gres=nvme:1'],
] as const)('%s', (_, engine, gres, asked, wanted) => {
  const options = optionsOf(engine, asked, gres === undefined ? {} : { gres })
  expect(options.find((option) => option.startsWith('--gres'))).toBe(wanted)
})

test('what has run out of memory gets all that a node has, and not on nodes that lack something', () => {
  const options = sbatchOptions({ engine: native, threads: 1 }, { bytes: Number.POSITIVE_INFINITY }, undefined, run, new Set(['n1', 'n2']))
  expect(options).toContain('--mem=0')
  expect(options).toContain('--exclude=n1,n2')
})
