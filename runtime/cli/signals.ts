/** Signals that ask a command to stop: Ctrl-C, a terminal that goes away, and whoever ends processes. */
import { readFileSync } from 'node:fs'

/** Node forgets at its start that nohup had SIGHUP ignored; without a listener it would end the process. */
const ignored = () => {}

/** Calls `stop` at each. Returns what forgets it. */
export function onStopSignals(stop: () => void): () => void {
  const listeners = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
    ['SIGHUP', underNohup() ? ignored : stop],
  ] as const
  for (const [signal, listener] of listeners) process.on(signal, listener)
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener)
  }
}

/** A shell names the command that it starts in `_`; and nohup opens a standard input that was a terminal for writing alone. */
export function underNohup(env: NodeJS.ProcessEnv = process.env, fdinfo = '/proc/self/fdinfo/0'): boolean {
  return /(^|\/)nohup$/.test(env._ ?? '') || /^flags:\s*\d*1$/m.test(contentOf(fdinfo))
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
