/**
 * A ResNet-18 from PyTorch, from its file to a smaller one that onnxruntime runs: `examples/imported`, compared with PyTorch and
 * Torch-Pruning. Both are started as a user would, in turns, on the same weights, data and sizes.
 *
 *   npm run bench -- imported [--width 16] [--epochs 2] [--threads 2] [--rounds 1] [--python PROGRAM]
 *
 * The Python needs torch, torch-pruning, onnx and onnxruntime.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { python, timed } from './peers.ts'

/** Seconds by step, and results, of one side. */
interface Done {
  readonly seconds: { readonly [step: string]: number }
  /** Ratio of the smaller network's to the whole one's. */
  readonly macs: number
  /** Accuracy on the test split, 0 to 1. */
  readonly dense: number
  readonly slim: number
  readonly total: number
  readonly runtime: { readonly seconds: number; readonly accuracy: number }
}

/** Steps of Espalier's stages by kind. */
const steps: { readonly [kind: string]: string } = {
  init: 'bring in',
  pretrained: 'bring in',
  train: 'train',
  evaluate: 'evaluate',
  prune: 'prune and shrink',
  shrink: 'prune and shrink',
  distill: 'distil',
  export: 'write ONNX',
}

const here = (file: string) => join(import.meta.dirname, file)

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      width: { type: 'string', default: '16' },
      epochs: { type: 'string', default: '2' },
      threads: { type: 'string', default: String(cpus().length) },
      rounds: { type: 'string', default: '1' },
      python: { type: 'string', default: python },
    },
  })
  const packages = 'torch, torch_pruning, onnx, onnxruntime'
  if (spawnSync(values.python, ['-W', 'ignore', '-c', `import ${packages}`]).status !== 0)
    throw new Error(`${values.python} cannot import ${packages}. Name a Python that can with --python or PYTHON.`)
  const folder = mkdtempSync(join(tmpdir(), 'espalier-bench-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(here('..'), join(folder, 'node_modules/espalier'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const network = join(folder, 'resnet18.onnx')
    const size = ['--width', values.width, '--image', '1', '28', '28']
    execFileSync(values.python, ['-W', 'ignore', here('../examples/imported/resnet18.py'), network, ...size], { stdio: 'ignore' })
    copyFileSync(here('../examples/imported/imported.pipeline.ts'), join(folder, 'imported.pipeline.ts'))
    const sides = { ours: () => espalier(folder, values), theirs: () => peer(folder, values) }
    const done = { ours: [] as Done[], theirs: [] as Done[] }
    for (let round = 0; round < Number(values.rounds); round++)
      for (const side of round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) done[side].push(sides[side]())
    const title = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${values.threads} threads; width ${values.width}, ${values.epochs} epochs, digits; seconds, least of ${values.rounds}`
    console.log([title, '', ...table(done.ours, done.theirs)].join('\n'))
    mkdirSync(here('results'), { recursive: true })
    const path = here(`results/imported-${new Date().toISOString().replaceAll(':', '-')}.json`)
    writeFileSync(path, `${JSON.stringify({ title, ...done }, undefined, 2)}\n`)
    console.log(`\nWritten: ${path}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function table(ours: readonly Done[], theirs: readonly Done[]): readonly string[] {
  const row = (what: string, of: (done: Done) => number | undefined): string => {
    const [own, other] = [ours, theirs].map((side) => {
      const found = side.flatMap((done) => of(done) ?? [])
      return found.length === 0 ? undefined : Math.min(...found)
    })
    const cells = [own, other].map((value) => (value === undefined ? '–' : value.toFixed(2)))
    const ratio = own === undefined || other === undefined ? '–' : (own / other).toFixed(2)
    return `| ${[what, ...cells, ratio].join(' | ')} |`
  }
  const percent = (done: readonly Done[], of: (one: Done) => number) => `${(100 * of(done[0]!)).toFixed(1)} %`
  const told = (what: string, of: (one: Done) => number) => `| ${what} | ${percent(ours, of)} | ${percent(theirs, of)} | |`
  return [
    '| step | Espalier | PyTorch, Torch-Pruning | ratio |',
    '| --- | --: | --: | --: |',
    ...['data', ...new Set(Object.values(steps))].map((step) => row(step, ({ seconds }) => seconds[step])),
    row('in total', ({ total }) => total),
    row('onnxruntime, test split', ({ runtime }) => runtime.seconds),
    told('multiplications left', ({ macs }) => macs),
    told('accuracy of the whole network', ({ dense }) => dense),
    told('of the smaller one', ({ slim }) => slim),
    told('of its ONNX file, by onnxruntime', ({ runtime }) => runtime.accuracy),
  ]
}

interface Values {
  readonly width: string
  readonly epochs: string
  readonly threads: string
  readonly python: string
}

interface StageDone {
  readonly event: string
  readonly kind: string
  readonly seconds: number
  readonly metrics: { readonly [metric: string]: number }
}

function espalier(folder: string, values: Values): Done {
  const store = mkdtempSync(join(folder, 'store-'))
  const set = [`network=${join(folder, 'resnet18.onnx')}`, 'data=digits', `epochs=${values.epochs}`].flatMap((each) => ['--set', each])
  const options = ['--slots', '1', '--threads', values.threads, '--device', 'cpu', '--no-check', '--json', '--store', store]
  const { seconds: total, output } = timed(process.execPath, [
    here('../dist/cli.js'),
    ...['run', `${join(folder, 'imported.pipeline.ts')}#*`, ...set, ...options],
  ])
  const stages = output
    .split('\n')
    .filter((line) => line.includes('"event":"stage-done"'))
    .map((line) => JSON.parse(line) as StageDone)
  const seconds: { [step: string]: number } = {}
  for (const { kind, seconds: took } of stages) seconds[steps[kind]!] = (seconds[steps[kind]!] ?? 0) + took
  const measured = stages.filter(({ kind }) => kind === 'evaluate').map(({ metrics }) => metrics)
  const [whole, slim] = measured.toSorted((a, b) => b.macs! - a.macs!)
  if (measured.length !== 2) throw new Error(`The example was measured ${measured.length} times.`)
  return {
    ...{ seconds, total, macs: slim!.macs! / whole!.macs!, dense: whole!['test/accuracy']!, slim: slim!['test/accuracy']! },
    runtime: byRuntime(join(folder, 'resnet18-slim.onnx'), values),
  }
}

function peer(folder: string, { python: program, width, epochs, threads }: Values): Done {
  const path = join(folder, 'peer-slim.onnx')
  const env = { ...process.env, OMP_NUM_THREADS: threads }
  const { seconds: total, output } = timed(program, ['-W', 'ignore', here('imported_peer.py'), 'whole', path, width, epochs, threads], env)
  const done = JSON.parse(output.trim().split('\n').at(-1)!) as Omit<Done, 'total' | 'runtime'>
  return { ...done, total, runtime: byRuntime(path, { python: program, threads }) }
}

function byRuntime(path: string, { python: program, threads }: Pick<Values, 'python' | 'threads'>): Done['runtime'] {
  return JSON.parse(
    execFileSync(program, ['-W', 'ignore', here('imported_peer.py'), 'run', path, threads], { encoding: 'utf8' }),
  ) as Done['runtime']
}
