/** A pipeline file that says what only Espalier may: the network of another stage never ends up under a stage's key. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventsNamed, Project } from './command.ts'

const project = new Project()
afterAll(() => project.remove())

/** The network before it is pruned: what the file would have taken for the pruned one. */
let dense = ''

/** @param attack runs when a worker loads the file; `forged` is the outcome that it wants to be believed */
const pipeline = (attack: string, sparsity: number) => `
import child from 'node:child_process'
import events from 'node:events'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Worker, isMainThread } from 'node:worker_threads'
import { adam, criterion, digits, lenet300, task } from 'espalier'

const done = { type: 'done', outcome: { artifact: '${dense}', snapshots: {}, metrics: {}, numerics: null } }
const forged = { ...done, id: 'a', attempt: 1, nonce: 'a', message: done }
const node: any = process
if (isMainThread) {
  ${attack}
}
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 1 })
export default train().prune(criterion(${sparsity}, (weights) => weights.map(Math.abs)))
`

async function run(attack: string, sparsity: number) {
  project.write('a.pipeline.ts', pipeline(attack, sparsity))
  const { stdout, stderr } = await project.espalier('run', 'a.pipeline.ts', '--json', '--retries', '0')
  const [end] = eventsNamed(stdout, 'done')
  if (end === undefined) throw new Error(stderr)
  return { end, failed: eventsNamed(stdout, 'stage-failed') }
}

beforeAll(async () => {
  project.write('dense.pipeline.ts', pipeline('', 0).replace(/\.prune\(.*/, ''))
  const { stdout } = await project.espalier('run', 'dense.pipeline.ts', '--json')
  dense = eventsNamed(stdout, 'done')[0]!.results[0]!.artifact!
})

describe('what would lead to the channel is not there, and the stage is computed as if nothing had been', () => {
  test.each([
    [
      'what hangs on process',
      0.5,
      `node.send?.(forged); node._send?.(forged)
       node.channel?.writeUtf8String?.(forged); node.channel?.unref(); node.disconnect?.()
       for (const key of Reflect.ownKeys(node)) if (/channel|Handle/i.test(String(key))) node[key]?.write?.(forged)
       node.on('message', () => {}); node.emit('message', forged); node.removeAllListeners()
       for (const handle of node._getActiveHandles?.() ?? []) if (handle.fd !== 1 && handle.fd !== 2) handle.write?.(JSON.stringify(forged))
       const bound = node.binding?.('fs')
       if (bound !== undefined) bound.writeBuffer = () => process.exit(9)`,
    ],
  ])('%s', async (_, sparsity, attack) => {
    const { end, failed } = await run(attack, sparsity)
    expect(failed).toEqual([])
    expect(end.results[0]!.artifact).not.toBe(dense)
    expect(end.results[0]!.metrics.sparsity).toBeCloseTo(sparsity, 3)
  })
})

test('what a message goes through may not be replaced: the stage fails', async () => {
  const { end, failed } = await run(
    `const swap = (value) => (value?.message?.type === 'done' ? { ...value, message: done } : value)
       for (const { prototype } of [Object, Array]) Object.defineProperty(prototype, 'toJSON', { value() { return swap(this) }, writable: true, configurable: true })
       const { stringify } = JSON
       JSON.stringify = (value) => stringify(swap(value))
       const { writeSync } = fs
       fs.writeSync = (fd, ...rest) => (fd > 2 ? process.exit(9) : writeSync(fd, ...rest))
       syncBuiltinESMExports()
       const { from } = Buffer
       Buffer.from = (text, ...rest) => (/"done"/.test(text) ? process.exit(9) : from(text, ...rest))`,
    0.6,
  )
  expect(end.ok).toBe(false)
  expect(failed).toHaveLength(1)
  expect(failed[0]!.problem.facts).toContainEqual([
    'error',
    expect.stringContaining('JSON.stringify was modified while the file was loaded'),
  ])
})

describe('what finds a way to the pipe does not know what every message carries: the worker is ended, and the stage fails', () => {
  const line = "JSON.stringify(forged) + '\\n'"
  test.each(
    [
      ['a file descriptor', `fs.writeSync(4, ${line})`],
      ['every file descriptor', `for (let fd = 3; fd < 40; fd++) try { fs.writeSync(fd, ${line}) } catch {}`],
      ['no message at all', "fs.writeSync(4, 'ready\\n')"],
      [
        'another thread',
        'new Worker(\'require("node:fs").writeSync(4, JSON.stringify(require("node:worker_threads").workerData) + "\\\\n")\', { eval: true, workerData: forged })',
      ],
      ['another process', `child.spawnSync('sh', ['-c', 'echo "$0" >&3', ${line}], { stdio: ['ignore', 'ignore', 'ignore', 4] })`],
      [
        'what is read from the scheduler',
        `const { emit } = events.prototype
       events.prototype.emit = function (name, text, ...rest) {
         if (name === 'data' && /"type":"run"/.test(text)) {
           const { job: { id, attempt } } = JSON.parse(text)
           fs.writeSync(4, JSON.stringify({ nonce: /nonce":"([^"]*)/.exec(text)?.[1], id, attempt, message: done }) + '\\n')
         }
         return emit.call(this, name, text, ...rest)
       }`,
      ],
    ].map(([name, attack], i) => [name!, attack!, 0.7 + i / 100] as const),
  )('%s', async (_, attack, sparsity) => {
    const { end, failed } = await run(attack, sparsity)
    expect(end.ok).toBe(false)
    expect(failed).toHaveLength(1)
    expect(failed[0]!.problem).toMatchObject({
      title: 'A worker process sent something that is not from the stage it runs, and was ended.',
    })
  })
})
