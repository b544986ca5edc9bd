/** A control group with a limit on memory, for the real end of a process by the kernel. */
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** The file that takes the ids of processes, or why there can be none: it needs root, and the memory controller of Linux' control groups. */
export function memoryGroup(bytes: number): { readonly processes: string } | { readonly none: string } {
  if (process.platform !== 'linux') return { none: 'control groups are of Linux' }
  const made = [version2, version1].map((make) => {
    try {
      return make(bytes)
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  })
  const group = made.find((one) => typeof one === 'object')
  if (group === undefined) return { none: `no control group with a limit can be made here: ${made.join('; ')}` }
  // The kernel takes a moment to forget processes that have ended.
  onTestFinished(async () => {
    for (let left = 100; ; left--) {
      try {
        rmdirSync(group.folder)
        return
      } catch (cause) {
        if (left === 0) throw cause
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  })
  return { processes: join(group.folder, 'cgroup.procs') }
}

function version2(bytes: number) {
  const root = '/sys/fs/cgroup'
  const controllers = readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(' ')
  if (!controllers.includes('memory')) throw new Error('the memory controller is not in version 2')
  writeFileSync(join(root, 'cgroup.subtree_control'), '+memory')
  return limited(root, { 'memory.max': bytes, 'memory.swap.max': 0 })
}

function version1(bytes: number) {
  return limited('/sys/fs/cgroup/memory', { 'memory.limit_in_bytes': bytes, 'memory.swappiness': 0 })
}

function limited(root: string, settings: { readonly [file: string]: number }) {
  const folder = join(root, `espalier-test-${process.pid}-${Date.now()}`)
  readFileSync(join(root, 'cgroup.procs'))
  mkdirSync(folder)
  try {
    for (const [file, value] of Object.entries(settings)) writeFileSync(join(folder, file), String(value))
  } catch (cause) {
    rmdirSync(folder)
    throw cause
  }
  return { folder }
}
