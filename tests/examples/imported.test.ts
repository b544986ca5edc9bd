/** The example that brings a network in: taken on, pruned to half, shrunk, distilled, written; what onnxruntime makes of it. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { python, torchVersion } from '../../bench/peers.ts'
import { openEngine } from '../../runtime/engine/open.ts'
import type { Engine } from '../../stdlib/engine.ts'
import { resnet } from '../../stdlib/index.ts'
import { summaryOf } from '../../stdlib/models/structure/summary.ts'
import { buildModel } from '../../stdlib/network-registry.ts'
import { eventsOf, Project } from '../end-to-end/command.ts'
import { pythonWith } from '../python-packages.ts'
import { apart, broughtIn, logitsOf, written } from '../runtime/interop/import/brought-in.ts'
import { lived, type Spec } from '../stdlib/models/every.ts'

const examples = join(import.meta.dirname, '../../examples/imported')
const project = new Project({ 'imported.pipeline.ts': readFileSync(join(examples, 'imported.pipeline.ts'), 'utf8') })
afterAll(() => project.remove())
const file = (name: string) => join(project.folder, name)

let engine: Engine
beforeAll(async () => {
  engine = await openEngine({ threads: 1 })
})

/** Runs the example, and compares what it has written with what went in. */
async function ran(network: string): Promise<{ readonly macs: number; readonly accuracy: number }> {
  const set = ['--set', `network=${network}`, '--set', 'data=digits', '--set', 'epochs=1']
  const events = eventsOf((await project.espalier('run', 'imported.pipeline.ts#slim', ...set, '--json')).stdout)
  const run = events.at(-1)!
  if (run.event !== 'done') throw new Error(`the last event is ${run.event}`)
  expect(run.ok).toBe(true)
  const [before, after] = [await broughtIn(engine, file(network)), await broughtIn(engine, file('resnet18-slim.onnx'))]
  const macs = ({ model, network: of }: typeof before) => summaryOf(model, of.topology).macs
  const evaluated = events.flatMap((event) => (event.event === 'stage-done' && event.kind === 'evaluate' ? [event.metrics] : []))
  const accuracy = evaluated.at(-1)?.['test/accuracy'] ?? Number.NaN

  const runtime = await pythonWith('onnx-1.23.2', ['onnx==1.23.2', 'onnxruntime==1.32.0'])
  if (runtime.missing === undefined) {
    const script = `
import json, numpy, onnxruntime, sys
images = numpy.sin(numpy.arange(2 * 28 * 28, dtype=numpy.float64)).astype(numpy.float32).reshape(2, 1, 28, 28)
print(json.dumps(onnxruntime.InferenceSession(sys.argv[1]).run(None, {"input": images})[0].flatten().tolist()))`
    const theirs = JSON.parse(execFileSync(runtime.python, ['-c', script, file('resnet18-slim.onnx')], { encoding: 'utf8' })) as number[]
    const images = Float32Array.from({ length: 2 * 28 * 28 }, (_, i) => Math.sin(i)) // one channel: both orders are one
    expect(apart(logitsOf(engine, after.model, after.network, images), theirs)).toBeLessThan(1e-4)
  } else console.log(`skipped: the written network in onnxruntime. ${runtime.missing}.`)
  return { macs: macs(after) / macs(before), accuracy }
}

test('of a network that was written here', async () => {
  const spec: Spec = { name: resnet(8).spec.name, options: { ...resnet(8).spec.options, input: [28, 28, 1] } }
  const model = buildModel(engine.tf, spec)
  copyFileSync(await written(engine, 'onnx', model, lived(spec, model)), file('resnet8.onnx'))
  const { macs, accuracy } = await ran('resnet8.onnx')
  expect(macs).toBeLessThan(0.6)
  expect(accuracy).toBeGreaterThan(0.5)
}, 400_000)

const torch = torchVersion()
if (torch === undefined)
  console.log(`skipped: the example with PyTorch's ResNet-18. ${python} cannot import torch; PYTHON names a Python that can.`)

describe.skipIf(torch === undefined)('of a ResNet-18 out of PyTorch', () => {
  test('eight filters wide', async () => {
    const narrow = ['--width', '8', '--image', '1', '28', '28']
    execFileSync(python, [join(examples, 'resnet18.py'), file('resnet18.onnx'), ...narrow], { stdio: ['ignore', 'ignore', 'pipe'] })
    const { macs, accuracy } = await ran('resnet18.onnx')
    expect(macs).toBeLessThan(0.6)
    expect(accuracy).toBeGreaterThan(0.5)
  }, 600_000)
})
