/** Which process wrote a record, and whether it is still alive. A pid alone is not enough, since pids are reused. */
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { textOf } from '../format/text-of-file.ts'

/** `host boot pid start namespace`; `-` for what the system does not provide. */
export const thisProcess = (): string => (own ??= [hostname(), bootOf(), process.pid, startOf(process.pid), namespace()].join(' '))
let own: string | undefined

/** Undefined when unknown: the process is on another machine or in another container, or the identity is malformed. */
export function isAlive(identity: string): boolean | undefined {
  const [host, boot, pid, start, within] = identity.split(' ')
  if (host !== hostname() || boot === undefined || start === undefined) return undefined
  // Containers may share a hostname but not pids.
  if (within !== undefined && within !== namespace()) return undefined
  if (boot !== bootOf()) return false
  try {
    process.kill(Number(pid), 0)
  } catch (cause) {
    // EPERM: the process exists and belongs to another user.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return start === startOf(Number(pid))
}

function bootOf(): string {
  return textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '-'
}

/** Start time of the process in clock ticks since boot: field 22 of proc(5) stat, counted after the name, which may contain spaces. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}

/** The pid namespace. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '-'
  }
}
