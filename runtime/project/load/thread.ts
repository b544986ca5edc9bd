/** Threads that load pipeline files: one can be started before the file is known. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { standardError } from '../../format/output.ts'
import { workInUtc } from '../../format/time-zone.ts'

/** Limit of a thread's heap. */
export const heapMegabytes = 512

let ahead: Worker | undefined

/** Starts the thread of the next load. It does not keep the process alive. */
export function startAhead(): void {
  if (ahead !== undefined) return
  const thread = start()
  thread.unref()
  // After a failure, the next load starts another thread.
  const forget = () => {
    if (ahead === thread) ahead = undefined
  }
  thread.once('error', forget).once('exit', forget)
  ahead = thread
}

/** A thread that waits for its one LoadRequest. */
export function takeThread(): Worker {
  const thread = ahead ?? start()
  ahead = undefined
  thread.removeAllListeners()
  thread.ref()
  // Attached only here: a listener keeps the process alive.
  for (const stream of [thread.stdout, thread.stderr]) stream.setEncoding('utf8').on('data', (text: string) => standardError.passOn(text))
  return thread
}

/** Threads that are terminating. */
const ending = new Map<Worker, Promise<unknown>>()

export async function endThread(thread: Worker): Promise<void> {
  thread.removeAllListeners()
  ending.set(thread, thread.terminate())
  await ending.get(thread)
  ending.delete(thread)
}

/**
 * Call it before the process ends: a thread in a system call that never returns, such as opening a FIFO, cannot be terminated, and Node
 * would wait for it. Then the process is replaced by another program, which has no threads, and ends.
 */
export async function leaveHeldThreads(): Promise<void> {
  await Promise.race([Promise.all(ending.values()), sleep(1000, undefined, { ref: false })])
  if (ending.size === 0 || process.execve === undefined) return
  process.removeAllListeners('warning') // that execve is experimental
  process.execve('/bin/sh', ['sh', '-c', `exit ${process.exitCode ?? 0}`])
}

function start(): Worker {
  workInUtc()
  return new Worker(entry(), {
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    // The file's output must not mix with the command's.
    stdout: true,
    stderr: true,
    // Without the flags of this process, which change how errors look. A project may omit "type": "module".
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}

/** Beside this module: bundled, or in the source tree. */
function entry(): URL {
  return import.meta.url.endsWith('.ts') ? new URL('./isolated.ts', import.meta.url) : new URL('./isolated.js', import.meta.url)
}
