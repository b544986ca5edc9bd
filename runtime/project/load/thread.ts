/** Threads that load pipeline files: one can be started before it is known what to load. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { standardError } from '../../format/output.ts'
import { workInUtc } from '../../format/time-zone.ts'

/** Of a thread's heap. */
export const heapMegabytes = 512

let ahead: Worker | undefined

/** Starts the thread of the next load now. It keeps no process from ending. */
export function startAhead(): void {
  if (ahead !== undefined) return
  const thread = start()
  thread.unref()
  // Whoever takes it learns what happened from a thread of its own.
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
  // A listener would keep the process from ending before.
  for (const stream of [thread.stdout, thread.stderr]) stream.setEncoding('utf8').on('data', (text: string) => standardError.passOn(text))
  return thread
}

/** Threads that were told to end and have not. */
const ending = new Map<Worker, Promise<unknown>>()

export async function endThread(thread: Worker): Promise<void> {
  thread.removeAllListeners()
  ending.set(thread, thread.terminate())
  await ending.get(thread)
  ending.delete(thread)
}

/**
 * Before the process ends: a thread in a system call that never returns, as the opening of a FIFO, cannot be ended, and Node would wait for
 * it. Then another program, which has no threads, takes the process over and ends it.
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
    // What the file prints must not mix with the command's own output.
    stdout: true,
    stderr: true,
    // Not the flags of this process, which change how errors look. A project need not say "type": "module".
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
}

/** Beside this module: bundled, or in the source tree. */
function entry(): URL {
  return import.meta.url.endsWith('.ts') ? new URL('./isolated.ts', import.meta.url) : new URL('./isolated.js', import.meta.url)
}
