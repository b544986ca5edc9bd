/** Networks of PyTorch's, brought in: their logits are PyTorch's, as they are, and when they have gone out again. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { python, torchVersion } from '../../../../bench/peers.ts'
import { openEngine } from '../../../../runtime/engine/open.ts'
import type { Engine } from '../../../../stdlib/engine.ts'
import { channelGroups } from '../../../../stdlib/models/structure/channels.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { apart, broughtIn, logitsOf, written } from '../import/brought-in.ts'

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

/** Those that the script computes with. */
const images = Float32Array.from({ length: 2 * 16 * 16 * 3 }, (_, i) => Math.sin(i))

/** The largest difference from PyTorch's logits: of what the file holds, and of what is written of it. */
async function differences(path: string): Promise<readonly [now: number, again: number]> {
  const logits = JSON.parse(readFileSync(path.replace('.onnx', '.json'), 'utf8')) as readonly number[]
  const { model, network } = await broughtIn(engine, path)
  const again = await broughtIn(engine, await written(engine, 'onnx', model, network))
  const found = [
    [model, network],
    [again.model, again.network],
  ] as const
  // A softmax at the end is not brought in: both are compared as probabilities then.
  const sums = logits.slice(0, 10).reduce((sum, each) => sum + each, 0)
  const comparable = (row: readonly number[]) => (Math.abs(sums - 1) < 1e-5 ? softmax(row) : row)
  const [now, later] = found.map(([one, of]) => apart(comparable(logitsOf(engine, one, of, images)), logits))
  return [now!, later!]
}

const softmax = (logits: readonly number[]): number[] =>
  logits.map((_, i) => {
    const row = logits.slice(10 * Math.floor(i / 10), 10 * Math.floor(i / 10) + 10)
    return Math.exp(logits[i]!) / row.reduce((sum, each) => sum + Math.exp(each), 0)
  })

test('a file that PyTorch has written gives the logits that PyTorch gave', async () => {
  const [now, again] = await differences(join(import.meta.dirname, 'mobile-preserved.onnx'))
  expect(now).toBeLessThan(1e-5)
  expect(again).toBeLessThan(1e-5)
})

test('its gate and its shortcut share their channels, and the depthwise convolution follows', async () => {
  const { model } = await broughtIn(engine, join(import.meta.dirname, 'mobile-preserved.onnx'))
  const free = channelGroups(model).filter(({ fixed }) => !fixed)
  expect(free.map(({ producers }) => producers)).toEqual([['stem', 'expand'], ['reduce'], ['project']])
  expect(free[0]!.sources.map(({ parameter }) => parameter)).toContain('depthwise/kernel')
})

const torch = torchVersion()
const exporter = torch === undefined ? undefined : exporterMissing()
function exporterMissing(): string | undefined {
  try {
    execFileSync(python, ['-c', 'import onnx, onnxscript'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'it has neither onnx nor onnxscript, which torch.onnx.export needs'
  }
}
const why = torch === undefined ? `${python} cannot import torch; PYTHON names a Python that can` : exporter
if (why !== undefined) console.log(`skipped: networks out of PyTorch. ${why}.`)

describe.skipIf(why !== undefined)('written by PyTorch now', () => {
  test('six networks, each exported in four ways and more', async () => {
    const folder = await temporaryFolder()
    execFileSync(python, [join(import.meta.dirname, 'torch_networks.py'), folder], { stdio: ['ignore', 'ignore', 'pipe'] })
    const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'))
    const found: { readonly name: string; readonly now: number; readonly again: number }[] = []
    for (const name of files) {
      const [now, again] = await differences(join(folder, name))
      found.push({ name, now, again })
    }
    expect(found).toHaveLength(25)
    expect(found.filter(({ now, again }) => !(now < 1e-4 && again < 1e-4))).toEqual([])
  }, 600_000)
})
