/**
 * Milliseconds per training step on a GPU: Espalier with and without XLA, PyTorch eager in both layouts and with `torch.compile`, in turns.
 *
 *   npm run bench -- device [--device gpu] [--rounds 5] [--networks resnet20,vgg11] [--python PROGRAM] [--short]
 */
import { parseArgs } from 'node:util'
import { type BenchName, networks } from './networks.ts'
import { type Device, espalierPeer, type Peer, python, torchPeer, torchVersion } from './peers.ts'

const options = {
  device: { type: 'string', default: 'gpu' },
  rounds: { type: 'string', default: '5' },
  networks: { type: 'string', default: Object.keys(networks).join(',') },
  python: { type: 'string', default: python },
  /** A tenth of the steps: checks that everything works; its timings mean nothing. */
  short: { type: 'boolean', default: false },
} as const

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options })
  const device: Device = values.device === 'cpu' ? 'cpu' : 'gpu'
  const names = values.networks.split(',').filter((name): name is BenchName => Object.hasOwn(networks, name))
  const torch = torchVersion(values.python)
  const { python: program } = values
  const peers: Peer[] = [espalierPeer(1, true, device), espalierPeer(1, false, device)]
  if (torch === undefined) console.log(`PyTorch is not compared: ${program} cannot import torch.`)
  else {
    for (const layout of ['contiguous', 'channels_last'] as const) peers.push(torchPeer(program, 1, layout, device))
    peers.push(torchPeer(program, 1, 'contiguous', device, true))
  }
  try {
    for (const name of names) console.log(JSON.stringify({ network: name, device, torch, ...(await measured(peers, name, values)) }))
  } finally {
    await Promise.all(peers.map((peer) => peer.close()))
  }
}

/** The least of all rounds, by peer; where a peer cannot compute it, the reason. */
async function measured(peers: readonly Peer[], name: BenchName, { rounds, short }: { readonly rounds: string; readonly short: boolean }) {
  const steps = short ? Math.ceil(networks[name].steps / 10) : networks[name].steps
  const least: { [peer: string]: number | string } = {}
  for (let round = 0; round < (short ? 1 : Number(rounds)); round++)
    for (const peer of peers) {
      const known = least[peer.name]
      if (typeof known === 'string') continue
      try {
        const { milliseconds, loss } = await peer.time(name, steps)
        least[peer.name] = Number.isFinite(loss) ? Math.min(known ?? Number.POSITIVE_INFINITY, milliseconds) : `the loss is ${loss}`
      } catch (cause) {
        least[peer.name] = String(cause)
      }
    }
  return least
}
