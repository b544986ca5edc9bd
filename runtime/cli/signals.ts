/** Signals that stop a command: Ctrl-C, a closed terminal, and SIGTERM. */
import { textOf } from '../format/text-of-file.ts'
import { exitCodes } from './exit.ts'

/** Determined once: the evidence may change while this process lives. */
let nohup = false

/** Node resets at its start that nohup had SIGHUP ignored; without a listener SIGHUP would end the process. Call it first. */
export function heedNohup(): void {
  nohup = underNohup()
  if (nohup) process.on('SIGHUP', () => {})
}

/** Calls `stop` at each. Returns a function that removes the listeners. */
export function onStopSignals(stop: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', ...(nohup ? [] : (['SIGHUP'] as const))] as const
  for (const signal of signals) process.on(signal, stop)
  return () => {
    for (const signal of signals) process.off(signal, stop)
  }
}

/**
 * Node resets all signals before it can be asked which ones were ignored. Three traces remain: a shell puts the command that it starts in
 * `_`, nohup opens a standard input that was a terminal for writing only, and the parent process may itself ignore SIGHUP, as the shell of
 * a script under nohup does.
 */
export function underNohup(
  env: NodeJS.ProcessEnv = process.env,
  fdinfo = '/proc/self/fdinfo/0',
  parentStatus = `/proc/${process.ppid}/status`,
): boolean {
  const [, ignoredByParent] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(textOf(parentStatus) ?? '') ?? ['', '0']
  return (
    /(^|\/)nohup$/.test(env._ ?? '') ||
    /^flags:\s*\d*1$/m.test(textOf(fdinfo) ?? '') ||
    // The lowest bit is signal 1, SIGHUP.
    Number.parseInt(ignoredByParent!.at(-1)!, 16) % 2 === 1
  )
}

/** Work that Ctrl-C aborts, and that cleans up after itself. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  try {
    return await work(controller.signal)
  } catch (cause) {
    if (controller.signal.aborted) process.exitCode = exitCodes.interrupted
    throw cause
  }
}
