/** Detects whether a process ended because memory ran out, from kernel counters and its last output. */
import { textOf } from '../format/text-of-file.ts'

/**
 * Number of OOM kills that the kernel reports: in this process's control group (version 2 or 1) if available, so that other
 * processes do not count, otherwise on the whole machine.
 */
export function oomKills(): number {
  const groups = textOf('/proc/self/cgroup') ?? ''
  const [unified = '', memory = ''] = [/^0::(.*)$/m, /^\d+:(?:.*,)?memory(?:,[^:]*)?:(.*)$/m].map((line) => line.exec(groups)?.[1])
  const counters = [
    // In a container, the group's own path may not exist; its root is then the container's.
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

/** Messages of Node.js, the C++ library and the C library on failed allocations. */
export function saysOutOfMemory(lastWords: string): boolean {
  return /JavaScript heap out of memory|std::bad_alloc|[Cc]annot allocate memory|Zone Allocation failed/.test(lastWords)
}
