import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { eventsNamed, temporaryProject } from './command.ts'
import { memoryGroup } from './memory-group.ts'

const megabytes = 700

/** A batch of 7,000 images becomes 16 maps of 28 × 28 in the first layer: half a gigabyte, with its gradients several times as much. */
const pipeline = `
import { adam, compare, conv2, digits, task } from 'espalier'
const setting = { model: conv2(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 }
export default compare({ large: task({ ...setting, batch: 7000 }).train(), small: task({ ...setting, batch: 500 }).train() })
`

test('a worker that the kernel kills for want of memory: the run says so, with the estimate and what to do, and goes on', async ({
  skip,
}) => {
  const group = memoryGroup(megabytes * 2 ** 20)
  if ('none' in group) return skip(group.none)
  const project = temporaryProject({ 'a.pipeline.ts': pipeline })
  const command = project.commandLine(['run', 'a.pipeline.ts', '--json', '--no-check', '--retries', '1', '--slots', '1'])
  const child = spawn('sh', ['-c', 'echo $$ > "$0" && exec "$@"', group.processes, ...command], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  const [failed, ...others] = eventsNamed(stdout, 'stage-failed')
  expect(failed).toMatchObject({ path: 'large/train' })
  expect(others).toEqual([])
  const { title, facts, hint } = failed!.problem
  expect(title).toBe('The worker process ran out of memory and was killed by the system (signal SIGKILL).')
  expect(facts.slice(0, 2)).toEqual([
    ['estimated need', expect.stringMatching(/^\d.* (MB|GB)$/)],
    ['memory of the machine', '734 MB'],
  ])
  expect(hint).toContain('A smaller batch or network takes less; fewer slots (--slots 1) leave it more.')
  expect(eventsNamed(stdout, 'retry')).toMatchObject([{ path: 'large/train', attempt: 1, problem: { title } }])
  expect(eventsNamed(stdout, 'done')).toMatchObject([{ ok: false, results: [{ path: 'small' }] }])
  expect(code).toBe(1)
})
