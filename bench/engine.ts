/**
 * Milliseconds per training step: Espalier's native engine against PyTorch eager in both of its layouts, and compiled on request. They take
 * turns, so that other load on the machine affects all of them; of several timings the least counts.
 *
 *   npm run bench -- engine [--rounds 7] [--threads 2,1] [--networks lenet300,resnet20] [--python PROGRAM] [--compile] [--short] [--docs]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type BenchName, type BenchNetwork, networks } from './networks.ts'
import { espalierPeer, type Peer, python, type Timing, torchPeer, torchVersion } from './peers.ts'
import { markdown, printed, type Row, type Side, withTable } from './table.ts'

const options = {
  rounds: { type: 'string', default: '7' },
  threads: { type: 'string', default: '2,1' },
  networks: { type: 'string', default: Object.keys(networks).join(',') },
  python: { type: 'string', default: python },
  /** Also against torch.compile (inductor), which first compiles each network for 20 to 125 s and needs a C++ compiler. */
  compile: { type: 'boolean', default: false },
  /** Two rounds of few steps: checks that everything works; its timings mean nothing. */
  short: { type: 'boolean', default: false },
  /** Writes the table into docs/benchmarks.md. */
  docs: { type: 'boolean', default: false },
} as const

/** Pause in which the threads of the previous peer stop spinning. Milliseconds. */
const settle = 300

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options })
  const names = values.networks.split(',').map(knownName)
  const threadCounts = values.threads.split(',').map((text) => wholeNumber('--threads', text))
  const rounds = values.short ? 2 : wholeNumber('--rounds', values.rounds)
  const torch = torchVersion(values.python)
  if (torch === undefined)
    console.log(`PyTorch is not compared: ${values.python} cannot import torch. Name a Python that can with --python or PYTHON.`)
  const rows: Row[] = []
  for (const threads of threadCounts) {
    const peers = peersOf(threads, names, torch === undefined ? undefined : values.python, values.compile)
    try {
      const limit = await products(peers, rounds)
      console.log(`A product of two 1024 × 1024 matrices, ${threads} threads: ${limit.toFixed(0)} GFLOP/s.`)
      for (const name of names) rows.push(await measure(peers, name, threads, rounds, values.short, limit))
    } finally {
      await Promise.all([...peers.values()].map((peer) => peer.close()))
    }
  }
  const processor = cpus()[0]?.model.trim() || process.arch
  const versions = torch === undefined ? '' : `, PyTorch ${torch}`
  const title = `${processor}, ${cpus().length} cores${versions}; milliseconds per step, least of ${rounds}`
  console.log(title)
  for (const line of printed(rows)) console.log(line)
  console.log(`Written: ${write({ processor, cores: cpus().length, torch, rounds, short: values.short, rows })}`)
  if (!values.docs) return
  if (values.short) throw new Error('--short does not measure: its numbers stay out of the documentation.')
  writeDocs([`${title}, ${new Date().toISOString().slice(0, 10)}`, '', ...markdown(rows)])
}

function knownName(name: string): BenchName {
  if (Object.hasOwn(networks, name)) return name as BenchName
  throw new Error(`There is no benchmark network ${JSON.stringify(name)}. Known: ${Object.keys(networks).join(', ')}.`)
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${option} takes whole numbers from 1, not ${JSON.stringify(text)}.`)
}

function peersOf(threads: number, names: readonly BenchName[], program: string | undefined, compiled: boolean): Map<Side, Peer> {
  const peers = new Map<Side, Peer>([['espalier', espalierPeer(threads, false)]])
  if (names.some((name) => !networks[name].convolutions)) peers.set('xla', espalierPeer(threads, true))
  if (program === undefined) return peers
  peers.set('pytorch', torchPeer(program, threads, 'contiguous'))
  peers.set('channelsLast', torchPeer(program, threads, 'channels_last'))
  if (compiled) peers.set('compiled', torchPeer(program, threads, 'contiguous', 'cpu', true))
  return peers
}

/** GFLOP/s of a matrix product, the highest of all rounds and both libraries. */
async function products(peers: ReadonlyMap<Side, Peer>, rounds: number): Promise<number> {
  let most = 0
  for (let round = 0; round < rounds; round++)
    for (const side of ['espalier', 'pytorch'] as const) {
      await pause(settle)
      const timing = await peers.get(side)?.time('product', 20)
      if (timing !== undefined) most = Math.max(most, (1000 * timing.gflop!) / timing.milliseconds)
    }
  return most
}

async function measure(
  peers: ReadonlyMap<Side, Peer>,
  network: BenchName,
  threads: number,
  rounds: number,
  short: boolean,
  limit: number,
): Promise<Row> {
  const { title, batch, target, steps, convolutions }: BenchNetwork = networks[network]
  const asked = [...peers].filter(([side]) => side !== (convolutions ? 'xla' : 'channelsLast'))
  const times: Record<Side, number[]> = { espalier: [], xla: [], pytorch: [], channelsLast: [], compiled: [] }
  let products = Number.NaN
  for (let round = 0; round < rounds; round++) {
    // The order alternates from round to round.
    for (const [side, peer] of round % 2 === 0 ? asked : asked.toReversed()) {
      await pause(settle)
      const { milliseconds, gflop } = await timed(peer, network, short ? Math.ceil(steps / 10) : steps)
      times[side].push(milliseconds)
      if (gflop !== undefined) products = (1000 * gflop) / limit
    }
  }
  return { network, title, batch, threads, products, target, times }
}

async function timed(peer: Peer, network: BenchName, steps: number): Promise<Timing> {
  const timing = await peer.time(network, steps)
  // A network whose loss is not finite may be faster than a correct one.
  if (!Number.isFinite(timing.loss)) throw new Error(`${peer.name}: the loss of ${network} is ${timing.loss}; its time would mean nothing.`)
  return timing
}

function write(results: object): string {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const date = new Date().toISOString()
  const path = join(folder, `engine-${date.replaceAll(':', '-')}.json`)
  writeFileSync(path, `${JSON.stringify({ date, ...results }, undefined, 2)}\n`)
  return path
}

function writeDocs(lines: readonly string[]): void {
  const path = join(import.meta.dirname, '..', 'docs', 'benchmarks.md')
  writeFileSync(path, withTable(readFileSync(path, 'utf8'), lines))
  console.log(`Written: ${path}`)
}

if (import.meta.main) await main(process.argv.slice(2))
