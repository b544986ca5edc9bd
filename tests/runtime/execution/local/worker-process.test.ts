import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import { type WorkerOptions, WorkerProcess } from '../../../../runtime/execution/local/worker-process.ts'
import type { Job } from '../../../../runtime/execution/protocol.ts'
import { StageFailure } from '../../../../runtime/problem.ts'
import { asFailure } from '../../../../runtime/worker/problems.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

const job = (store: string): Job => ({
  work: { kind: 'init', options: { model: { name: 'lenet300', options: {} }, seed: 0 }, inputs: {} },
  key: 'a'.repeat(64),
  source: null,
  folder: null,
  data: null,
  path: 'init',
  resume: false,
  keep: [],
  stopAfter: null,
  continueFrom: null,
  given: {},
  expected: {},
  keepState: false,
  store,
  engine: { engine: 'tensorflow', xla: false },
  threads: 1,
  checkpointEvery: 30,
})

const attempt = async (options: WorkerOptions) => {
  const store = await temporaryFolder()
  return Effect.runPromise(
    Effect.scoped(Effect.flatMap(WorkerProcess.start(options), (worker) => Effect.flip(worker.run(job(store), () => {})))),
  )
}

/** A worker that does what `code` says. */
const workerThat = async (code: string): Promise<string> => {
  const file = join(await temporaryFolder(), 'worker.mjs')
  writeFileSync(file, code)
  return file
}

test('a worker that says nothing for too long is ended, and the stage may be tried again', async () => {
  const failure = await attempt({ entry: await workerThat('setInterval(() => {}, 1000)'), silenceSeconds: 0.3 })
  expect(failure).toBeInstanceOf(StageFailure)
  expect(failure).toMatchObject({
    kind: 'worker-lost',
    transient: true,
    title: 'The worker process said nothing for 0.3 seconds and was ended.',
  })
})

test('a message that does not decode ends the worker, and trying again would not help', async () => {
  const failure = await attempt({ entry: await workerThat("process.send({ type: 'surprise' }); setInterval(() => {}, 1000)") })
  expect(failure).toMatchObject({ kind: 'worker-lost', transient: false, title: expect.stringContaining('could not be understood') })
})

test('a worker that dies is told with how it ended and its last words', async () => {
  const failure = await attempt({ entry: await workerThat("process.stderr.write('no more'); setTimeout(() => process.exit(7), 100)") })
  expect(failure).toMatchObject({ kind: 'worker-lost', transient: true, title: expect.stringContaining('exit code 7') })
  expect(failure.facts).toContainEqual(['last words', 'no more'])
})

test('a worker killed by the system is told as such', async () => {
  const failure = await attempt({ entry: await workerThat("setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100)") })
  expect(failure.title).toContain('signal SIGKILL')
})

test('a worker whose JavaScript has no more room ends itself, and is told as out of memory', async () => {
  const failure = await attempt({
    entry: await workerThat('setTimeout(() => { const kept = []; for (;;) kept.push(new Array(1e5).fill({})) }, 100)'),
    env: { NODE_OPTIONS: '--max-old-space-size=32' },
  })
  expect(failure).toMatchObject({
    kind: 'out-of-memory',
    transient: true,
    title: expect.stringMatching(/ran out of memory and ended \((signal|exit code)/),
  })
  expect(Object.fromEntries(failure.facts)['last words']).toContain('JavaScript heap out of memory')
  expect(failure.hint).toContain('A smaller batch or network')
})

test('memory that the system refuses at once is told as out of memory', async () => {
  // Prove: what Node.js throws then, under a limit on addresses, is what is looked for.
  const limited = spawnSync('sh', ['-c', 'ulimit -v 60000000; exec "$0" -e "$1"', process.execPath, 'new Float32Array(3e10)'], {
    encoding: 'utf8',
  })
  const thrown = /RangeError: (.*)/.exec(limited.stderr)?.[1]
  expect(thrown).toBe('Array buffer allocation failed')
  expect(asFailure(new RangeError(thrown))).toMatchObject({ kind: 'out-of-memory', transient: true })
  expect(asFailure(new RangeError('Invalid array length'))).toMatchObject({ kind: 'engine' })
})

test('a worker ends when its scheduler is killed', async () => {
  const folder = await temporaryFolder()
  const module = pathToFileURL(join(import.meta.dirname, '../../../../runtime/execution/local/worker-process.ts')).href
  const effect = pathToFileURL(join(import.meta.dirname, '../../../../node_modules/effect/dist/Effect.js')).href
  const script = join(folder, 'scheduler.mjs')
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs'
     const Effect = await import('${effect}')
     const { WorkerProcess } = await import('${module}')
     await Effect.runPromise(Effect.scoped(Effect.flatMap(WorkerProcess.start(), (worker) => {
       writeFileSync('${join(folder, 'pid')}', String(worker.pid))
       return Effect.never
     })))`,
  )
  const scheduler = spawn(process.execPath, [script], { stdio: 'inherit' })
  await until(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '')
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  expect(alive(pid)).toBe(true)
  scheduler.kill('SIGKILL')
  await until(() => !alive(pid))
})

const alive = (pid: number): boolean => {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let left = 200; !condition(); left--) {
    if (left === 0) throw new Error('waited ten seconds in vain')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
