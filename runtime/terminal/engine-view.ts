/** `espalier engine status` for people. */
import type { Numerics } from '../../stdlib/engine.ts'
import type { Gpu, GpusFound } from '../engine/gpu.ts'
import type { EngineStatus, LibraryStatus } from '../engine/status.ts'

export function engineLines(status: EngineStatus): string[] {
  const { libraries, gpus, choice, numerics, numericsClass, milliseconds, speeds, problem } = status
  const rows: (readonly [string, string])[] = [
    ...libraries.map((library) => [libraryName(library), whereIs(library)] as const),
    ['portable', 'part of this package'],
    ...gpuRows(gpus),
  ]
  if (numerics !== undefined)
    rows.push(['in use', numericsWords(numerics)], ['numerics class', `${numericsClass} (results of equal classes have equal bytes)`])
  for (const { network, batch, stepMilliseconds, examplesPerSecond } of speeds)
    rows.push([`trains ${network}`, `${milli(stepMilliseconds)} ms a step of ${batch}, ${thousands(examplesPerSecond)} examples/s`])
  const width = Math.max(...rows.map(([name]) => name.length))
  const note = choice.warning === undefined || problem !== undefined ? [] : [choice.warning.title, choice.warning.hint]
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    ...note,
    ...(problem === undefined ? [`The engine works (opened and checked in ${Math.round(milliseconds)} ms).`] : problem.message.split('\n')),
  ]
}

/** `tensorflow 2.21.0 on AMD EPYC (avx2), 2 threads, oneDNN, float32` */
export function numericsWords(numerics: Numerics): string {
  const { engine, version, device, deviceName, threads, oneDNN, xla, precision, tf32, instructions } = numerics
  const on =
    device === 'gpu' ? `the GPU ${deviceName}` : [deviceName, ...(instructions === undefined ? [] : [`(${instructions})`])].join(' ')
  const more = [...(oneDNN ? ['oneDNN'] : []), ...(xla ? ['XLA'] : []), precision, ...(tf32 === false ? ['TF32 off'] : [])]
  return `${engine} ${version} on ${on}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, ${more.join(', ')}`
}

const libraryName = ({ build }: LibraryStatus) => (build === 'cuda' ? 'tensorflow for CUDA' : 'tensorflow')

function whereIs({ directory, version, places, problem }: LibraryStatus): string {
  if (directory !== undefined) return `${version} in ${directory}`
  const looked = places.map(({ by, directory, state }) => `${by}: ${directory ?? 'none'}${typeof state === 'string' ? '' : ', damaged'}`)
  return problem?.kind === 'unsupported' ? problem.title : `not there (${looked.join('; ')})`
}

function gpuRows({ gpus, idle, none }: GpusFound): (readonly [string, string])[] {
  const used = gpus.map((gpu) => [`GPU ${gpu.index}`, gpuWords(gpu)] as const)
  const unused = idle.map(({ gpu, why }) => [`GPU ${gpu.index}`, `${gpuWords(gpu)}; not used: ${why}`] as const)
  return used.length + unused.length > 0 ? [...used, ...unused] : [['GPU', `none: ${none?.why ?? ''}`]]
}

export function gpuWords({ name, memoryMiB, driver, capability }: Gpu): string {
  const memory = memoryMiB === undefined ? 'shared memory' : `${(memoryMiB / 1024).toFixed(0)} GiB`
  return `${name}, ${memory}, driver ${driver}, compute capability ${capability.toFixed(1)}`
}

const milli = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0))
const thousands = (value: number) => Math.round(value).toLocaleString('en')
