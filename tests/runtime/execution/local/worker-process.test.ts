import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as Effect from 'effect/Effect'
import * as Fiber from 'effect/Fiber'
import * as TestClock from 'effect/testing/TestClock'
import { expect, test } from 'vitest'
import { type WorkerOptions, WorkerProcess } from '../../../../runtime/execution/local/worker-process.ts'
import { storeFiles } from '../../../../runtime/store/files.ts'
import { asFailure } from '../../../../runtime/worker/problems.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { jobOf, workerThat } from './fake-worker.ts'

const attempt = async (options: Omit<WorkerOptions, 'store'>) => {
  const store = storeFiles(await temporaryFolder())
  return Effect.scoped(
    Effect.flatMap(WorkerProcess.start({ ...options, store }), (worker) => Effect.flip(worker.run(jobOf('a'), () => {}))),
  )
}
const failureOf = async (options: Omit<WorkerOptions, 'store'>) => Effect.runPromise(await attempt(options))

test('a worker that says nothing for a minute is ended, and the stage may be tried again', async () => {
  const entry = await workerThat('')
  const failure = await Effect.runPromise(
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(yield* Effect.promise(() => attempt({ entry })))
      yield* TestClock.adjust('59 seconds')
      expect(fiber.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust('1 second')
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(TestClock.layer())),
  )
  expect(failure).toMatchObject({
    kind: 'worker-lost',
    transient: true,
    title: 'The worker process said nothing for 60 seconds and was ended.',
  })
})

test('a message that does not decode ends the worker, and trying again would not help', async () => {
  const failure = await failureOf({ entry: await workerThat("run(() => send({ type: 'surprise' }))") })
  expect(failure).toMatchObject({ kind: 'worker-lost', transient: false, title: expect.stringContaining('could not be understood') })
})

const done = "{ type: 'done', outcome: { artifact: null, snapshots: {}, metrics: {}, numerics: null } }"

test.each([
  ['of another job', `run(() => send(${done}, { id: 'b' }))`],
  ['of another attempt', `run(() => send(${done}, { attempt: 2 }))`],
  ['without the nonce', `run(() => send(${done}, { nonce: undefined }))`],
  ['with another nonce', `run(() => send(${done}, { nonce: 'c7e1a2f0' }))`],
  ['that is no message', "run(() => writeSync(4, 'done\\n'))"],
])('a message %s is refused and ends the worker', async (_, code) => {
  const failure = await failureOf({ entry: await workerThat(code) })
  expect(failure).toMatchObject({ kind: 'worker-lost', transient: false, title: expect.stringContaining('is not from the stage it runs') })
})

test('what a worker sends before it ends is heard, and so is what it sends in halves', async () => {
  const entry = await workerThat(`run(() => {
    const text = JSON.stringify({ ...mark, message: ${done} }) + '\\n'
    writeSync(4, text.slice(0, 20))
    setTimeout(() => { writeSync(4, text.slice(20)); process.exit(0) }, 20)
  })`)
  const store = storeFiles(await temporaryFolder())
  const outcome = await Effect.runPromise(
    Effect.scoped(Effect.flatMap(WorkerProcess.start({ entry, store }), (worker) => worker.run(jobOf('a'), () => {}))),
  )
  expect(outcome).toEqual({ artifact: null, snapshots: {}, metrics: {}, numerics: null })
})

test('a worker that dies is told with how it ended and its last words', async () => {
  const failure = await failureOf({ entry: await workerThat("process.stderr.write('no more'); process.exit(7)") })
  expect(failure).toMatchObject({ kind: 'worker-lost', transient: true, title: expect.stringContaining('exit code 7') })
  expect(failure.facts).toContainEqual(['last output', 'no more'])
})

test('a worker killed by the system is told as such', async () => {
  const failure = await failureOf({ entry: await workerThat("process.kill(process.pid, 'SIGKILL')") })
  expect(failure.title).toContain('signal SIGKILL')
})

test('a worker whose JavaScript has no more room ends itself, and is told as out of memory', async () => {
  const failure = await failureOf({
    entry: await workerThat('const kept = []; for (;;) kept.push(new Array(1e5).fill({}))'),
    env: { NODE_OPTIONS: '--max-old-space-size=32' },
  })
  expect(failure).toMatchObject({
    kind: 'out-of-memory',
    transient: true,
    title: expect.stringMatching(/ran out of memory and ended \((signal|exit code)/),
  })
  expect(Object.fromEntries(failure.facts)['last output']).toContain('JavaScript heap out of memory')
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
  const files = pathToFileURL(join(import.meta.dirname, '../../../../runtime/store/files.ts')).href
  const effect = pathToFileURL(join(import.meta.dirname, '../../../../node_modules/effect/dist/Effect.js')).href
  const script = join(folder, 'scheduler.mjs')
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs'
     const Effect = await import('${effect}')
     const { WorkerProcess } = await import('${module}')
     const { storeFiles } = await import('${files}')
     await Effect.runPromise(Effect.scoped(Effect.flatMap(WorkerProcess.start({ store: storeFiles('${folder}') }), (worker) => {
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
  for (let left = 1200; !condition(); left--) {
    if (left === 0) throw new Error('waited a minute for nothing')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
