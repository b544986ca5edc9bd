/** Processes that time training steps on request: Espalier's and PyTorch's. One is idle while another is measured. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A peer's answer. */
export interface Timing {
  /** Per step, the mean of one request. */
  readonly milliseconds: number
  readonly loss: number
  /** Floating-point operations of its products and convolutions per step, in 10⁹. PyTorch's side reports those of `product` alone. */
  readonly gflop?: number
}

/** Timeout for an answer, in milliseconds; then the peer is killed. */
const patience = 300_000

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export class Peer {
  readonly name: string
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<void>

  constructor(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.name = name
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#ended = new Promise((resolve, reject) => this.#process.once('error', reject).once('close', () => resolve()))
    // The next request gets the error.
    this.#ended.catch(() => {})
    this.#process.stdin!.on('error', () => {})
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]()
  }

  /** @param network or `product`: a product of two square matrices, as a measure of the processor's speed */
  async time(network: string, steps: number): Promise<Timing> {
    this.#process.stdin!.write(`${network} ${steps}\n`)
    const slow = setTimeout(() => this.#process.kill('SIGKILL'), patience)
    try {
      const { value, done } = await this.#lines.next()
      if (done === true) {
        await this.#ended
        throw new Error(`${this.name} ended without an answer for ${network} (exit code ${this.#process.exitCode}).`)
      }
      return JSON.parse(value) as Timing
    } finally {
      clearTimeout(slow)
    }
  }

  async close(): Promise<void> {
    this.#process.stdin!.end()
    await this.#ended
  }
}

export type Device = 'cpu' | 'gpu'

export const espalierPeer = (threads: number, xla: boolean, device: Device = 'cpu'): Peer =>
  new Peer(xla ? 'Espalier with XLA' : 'Espalier', process.execPath, [here('peer.ts'), String(threads), xla ? 'xla' : 'plain', device])

/** The Python in the environment variable PYTHON, or python3. */
export const python = process.env.PYTHON ?? 'python3'

export type Layout = 'contiguous' | 'channels_last'

export function torchPeer(program: string, threads: number, layout: Layout, device: Device = 'cpu', compiled = false): Peer {
  const words = [String(threads), layout, device === 'gpu' ? 'cuda' : 'cpu', ...(compiled ? ['compiled'] : [])]
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) }
  return new Peer(`PyTorch, ${layout}${compiled ? ', compiled' : ''}`, program, ['-W', 'ignore', here('torch_peer.py'), ...words], env)
}

/** The version of PyTorch that a Python imports; undefined without one. */
export function torchVersion(program = python): string | undefined {
  const { status, stdout } = spawnSync(program, ['-W', 'ignore', '-c', 'import torch; print(torch.__version__)'], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  return status === 0 ? stdout.trim() : undefined
}

/** Runs a program to its end; `busy` is the processor time in seconds, of all its threads and child processes. */
export function timed(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const [start, before] = [performance.now(), childrenBusy()]
  const output = execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30, env })
  return { seconds: (performance.now() - start) / 1000, busy: childrenBusy() - before, output }
}

/** Processor time in seconds of child processes that have ended. */
function childrenBusy(): number {
  if (process.platform !== 'linux') return Number.NaN
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100 // ticks of user and system time; a hundred a second on Linux
}
