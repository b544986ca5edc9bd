/** Whether a process that ended did so for want of memory, as far as the system and its last words tell. */
import { textOf } from '../format/text-of-file.ts'

/**
 * How often the system has killed a process for want of memory, as far as it says: in this process' control group (version 2, or 1) if
 * that counts them, which others' misfortunes do not touch, else on the whole machine.
 */
export function oomKills(): number {
  const groups = textOf('/proc/self/cgroup') ?? ''
  const [unified = '', memory = ''] = [/^0::(.*)$/m, /^\d+:(?:.*,)?memory(?:,[^:]*)?:(.*)$/m].map((line) => line.exec(groups)?.[1])
  const counters = [
    // In a container the group's own path may not be there, and its root is the container's.
    `/sys/fs/cgroup${unified}/memory.events`,
    '/sys/fs/cgroup/memory.events',
    ...(memory === '' ? [] : [`/sys/fs/cgroup/memory${memory}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control']),
    '/proc/vmstat',
  ]
  for (const file of counters) {
    const count = /^oom_kill (\d+)$/m.exec(textOf(file) ?? '')?.[1]
    if (count !== undefined) return Number(count)
  }
  return 0
}

/** Node.js', the C++ library's and the C library's, when they end a process that could not have what it wanted. */
export function saysOutOfMemory(lastWords: string): boolean {
  return /JavaScript heap out of memory|std::bad_alloc|[Cc]annot allocate memory|Zone Allocation failed/.test(lastWords)
}
