/** Engines, and what a run needs, as text. */
import type { GpusFound } from '../engine/gpu.ts'
import type { LibraryStatus } from '../engine/status.ts'
import { grouped } from '../format/number.ts'
import { padEnd, widthOf } from '../format/width.ts'
import { type DoctorView, type EngineView, gpuWords, numericsWords } from '../views/engine.ts'

export function engineLines(status: Omit<EngineView, 'ok'>): string[] {
  const { libraries, gpus, choice, numerics, numericsClass, milliseconds, speeds, problem } = status
  const rows: (readonly [string, string])[] = [
    ...libraries.map((library) => [libraryName(library), whereIs(library)] as const),
    ['portable', 'part of this package'],
    ...gpuRows(gpus),
  ]
  if (numerics !== undefined)
    rows.push(['in use', numericsWords(numerics)], ['numerics class', `${numericsClass} (results of equal classes have equal bytes)`])
  for (const { network, batch, stepMilliseconds, examplesPerSecond } of speeds)
    rows.push([`trains ${network}`, `${milli(stepMilliseconds)} ms a step of ${batch}, ${grouped(examplesPerSecond)} examples/s`])
  const width = Math.max(...rows.map(([name]) => widthOf(name)))
  const note = choice.warning === undefined || problem !== undefined ? [] : [choice.warning.title, choice.warning.hint]
  return [
    ...rows.map(([name, value]) => `${padEnd(name, width)}  ${value}`),
    ...note,
    ...(problem === undefined ? [`The engine works (opened and checked in ${Math.round(milliseconds)} ms).`] : problem.message.split('\n')),
  ]
}

export function doctorLines({ ok, findings }: DoctorView): string[] {
  const lines = findings.flatMap(({ about, state, says, todo }) => {
    const first = `${state.padEnd(6)}  ${about}: ${says}`
    return todo === '' ? [first] : [first, `${' '.repeat(8)}→ ${todo}`]
  })
  return [...lines, ok ? 'Runs will work here.' : 'Something is wrong: see above what to do.']
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

const milli = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0))
