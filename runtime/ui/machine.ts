/** Hardware of the machine, and its utilisation. */
import { execFile } from 'node:child_process'
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { promisify } from 'node:util'
import { textOf } from '../format/text-of-file.ts'
import type { MachinePage } from '../page/data.ts'

export async function machine(): Promise<MachinePage> {
  return {
    cores: cpus().length,
    load: loadavg()[0]!,
    memory: { total: totalmem(), free: availableMemory() ?? freemem() },
    gpus: await gpus(),
    server: { memory: process.memoryUsage.rss() },
  }
}

/** Counts page caches as free, unlike `freemem`. */
function availableMemory(): number | undefined {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(textOf('/proc/meminfo') ?? '')?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024
}

/** On the monotonic clock, in milliseconds. */
let notBefore = 0
/** Pause after a failure: a call that times out would delay each answer. Milliseconds. */
const pause = 60_000

/** Empty without nvidia-smi, and for a minute after it has failed. */
async function gpus(): Promise<MachinePage['gpus']> {
  if (performance.now() < notBefore) return []
  try {
    const query = ['--query-gpu=name,memory.total,memory.used,utilization.gpu', '--format=csv,noheader,nounits']
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 5000, maxBuffer: 64 * 1024 })
    return stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [name = '', total, used, use] = line.split(',').map((part) => part.trim())
        const [all, taken, busy] = [total, used, use].map(Number) as [number, number, number]
        const mebibyte = 1024 * 1024
        return {
          name,
          memory: Number.isFinite(all) && Number.isFinite(taken) ? { total: all * mebibyte, used: taken * mebibyte } : null,
          use: Number.isFinite(busy) ? busy / 100 : null,
        }
      })
  } catch (cause) {
    notBefore = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? Number.POSITIVE_INFINITY : performance.now() + pause
    return []
  }
}
