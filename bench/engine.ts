/**
 * Milliseconds per training step, Espalier's native engine against PyTorch eager. The two take turns, so that what else the
 * machine does falls on both; of several timings the least counts.
 *
 *   npm run bench -- engine [--rounds 5] [--threads 2,1] [--networks lenet300,resnet20]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchName, networks } from './networks.ts'
import { espalierPeer, type Peer, python, torchPeer, torchVersion } from './peers.ts'

/** Espalier's time over PyTorch's: what the engine is built to stay under. */
const target = 0.8

interface Row {
  readonly network: BenchName
  readonly batch: number
  readonly threads: number
  /** Milliseconds per step, every round. */
  readonly espalier: number[]
  readonly pytorch: number[]
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      threads: { type: 'string', default: '2,1' },
      networks: { type: 'string', default: Object.keys(networks).join(',') },
    },
  })
  const names = values.networks.split(',').map(knownName)
  const torch = torchVersion()
  if (torch === undefined) console.log(`PyTorch is not compared: ${python} cannot import torch. Name a Python that can in PYTHON.`)
  const rows: Row[] = []
  for (const threads of values.threads.split(',').map(Number)) {
    rows.push(...(await measure(threads, names, Number(values.rounds), torch !== undefined)))
  }
  const processor = cpus()[0]?.model.trim() ?? process.arch
  console.log(
    `${processor}, ${cpus().length} cores${torch === undefined ? '' : `, PyTorch ${torch}`}; milliseconds per step, least of ${values.rounds}`,
  )
  for (const line of table(rows)) console.log(line)
  console.log(`Written: ${write({ processor, cores: cpus().length, torch, target, rows })}`)
}

function knownName(name: string): BenchName {
  if (Object.hasOwn(networks, name)) return name as BenchName
  throw new Error(`There is no benchmark network ${JSON.stringify(name)}. Known: ${Object.keys(networks).join(', ')}.`)
}

async function measure(threads: number, names: readonly BenchName[], rounds: number, withTorch: boolean): Promise<Row[]> {
  const ours = espalierPeer(threads)
  const theirs = withTorch ? torchPeer(threads) : undefined
  const rows = names.map((network): Row => ({ network, batch: networks[network].batch, threads, espalier: [], pytorch: [] }))
  try {
    for (const row of rows) {
      const { steps } = networks[row.network]
      for (let round = 0; round < rounds; round++) {
        row.espalier.push(await timed(ours, row.network, steps))
        if (theirs !== undefined) row.pytorch.push(await timed(theirs, row.network, steps))
      }
    }
  } finally {
    await Promise.all([ours.close(), theirs?.close()])
  }
  return rows
}

async function timed(peer: Peer, network: BenchName, steps: number): Promise<number> {
  const { milliseconds, loss } = await peer.time(network, steps)
  // A network that no longer computes numbers may be faster than one that does.
  if (!Number.isFinite(loss)) throw new Error(`${peer.name}: the loss of ${network} is ${loss}; its time would mean nothing.`)
  return milliseconds
}

function table(rows: readonly Row[]): string[] {
  const lines = rows.map(({ network, batch, threads, espalier, pytorch }) => {
    const [a, b] = [Math.min(...espalier), Math.min(...pytorch)]
    const compared = pytorch.length > 0 ? [b.toFixed(2), (a / b).toFixed(2), a / b <= target ? 'met' : 'missed'] : ['-', '-', '-']
    return [network, String(batch), String(threads), a.toFixed(2), ...compared]
  })
  const all = [['network', 'batch', 'threads', 'Espalier', 'PyTorch', 'ratio', `target ${target}`], ...lines]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '))
}

function write(results: object): string {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const date = new Date().toISOString()
  const path = join(folder, `engine-${date.replaceAll(':', '-')}.json`)
  writeFileSync(path, `${JSON.stringify({ date, ...results }, undefined, 2)}\n`)
  return path
}

if (import.meta.main) await main(process.argv.slice(2))
