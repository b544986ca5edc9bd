/** Which process wrote something down, and whether it still lives. A process number alone is soon another's. */
import { readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { textOf } from '../format/text-of-file.ts'

/** `host boot pid start namespace`; `-` for what the system does not tell. */
export const thisProcess = (): string => (own ??= [hostname(), bootOf(), process.pid, startOf(process.pid), namespace()].join(' '))
let own: string | undefined

/** Undefined when it cannot be known from here: the process is on another machine or in another container, or the words are not ours. */
export function isAlive(identity: string): boolean | undefined {
  const [host, boot, pid, start, within] = identity.split(' ')
  if (host !== hostname() || boot === undefined || start === undefined) return undefined
  // Containers may share a name; process numbers they do not share.
  if (within !== undefined && within !== namespace()) return undefined
  if (boot !== bootOf()) return false
  try {
    process.kill(Number(pid), 0)
  } catch (cause) {
    // EPERM: it is there, and another user's.
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return start === startOf(Number(pid))
}

function bootOf(): string {
  return textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '-'
}

/** Clock ticks from the boot to the start of the process: field 22 of proc(5) stat, counted behind the name, which may hold anything. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}

/** In which process numbers mean something. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return '-'
  }
}
