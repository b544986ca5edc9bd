/** `espalier engine`: shows the engine of this machine, and installs the TensorFlow library. */
import { availableParallelism } from 'node:os'
import type { EngineAsked } from '../engine/choice.ts'
import type { InstallProgress } from '../engine/install/install.ts'
import { type LibraryPackage, tensorflowCpu, tensorflowCuda } from '../engine/library.ts'
import { locateTensorFlow } from '../engine/locate.ts'
import { EngineProblem } from '../engine/problems.ts'
import { standardError } from '../format/output.ts'
import { bar } from '../terminal/progress-view.ts'
import { exitCodes } from './exit.ts'
import { interruptible } from './signals.ts'
import { type Asked, show } from './skins.ts'

interface InstallAsked {
  readonly ifMissing: boolean
  readonly build: 'cpu' | 'cuda'
  readonly wheels: string | undefined
}

export async function install({ ifMissing, build, wheels }: InstallAsked): Promise<void> {
  const library = build === 'cuda' ? tensorflowCuda : tensorflowCpu
  if (ifMissing && (await isThere(library))) return
  const { installTensorFlow } = await import('../engine/install/install.ts')
  // Ctrl-C ends the download and leaves nothing behind.
  const { directory, already } = await interruptible((signal) => installTensorFlow({ signal, library, wheels }, progressBar()))
  const what = build === 'cuda' ? 'CUDA build of the TensorFlow library' : 'TensorFlow library'
  standardError.print([`The ${what} is ${already ? 'already ' : ''}in ${directory}.`])
}

/** Of two networks: long enough to be repeatable to a tenth. */
const secondsEach = 0.8

export async function status(asked: EngineAsked & Asked): Promise<number> {
  const { engineStatus } = await import('../engine/status.ts')
  const found = await engineStatus({ ...asked, threads: availableParallelism(), seconds: secondsEach })
  const ok = found.problem === undefined
  await show(asked, 'engine', { ok, ...found })
  return ok ? exitCodes.done : exitCodes.usage
}

async function isThere(library: LibraryPackage): Promise<boolean> {
  try {
    await locateTensorFlow(process.env, library)
    return true
  } catch (cause) {
    // Installing repairs a damaged copy; other problems are reported to the user.
    if (cause instanceof EngineProblem && (cause.kind === 'not-installed' || cause.kind === 'damaged')) return false
    throw cause
  }
}

const phases = { download: 'Downloading', check: 'Checking', unpack: 'Unpacking' } as const

function progressBar(): (progress: InstallProgress) => void {
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  let said = ''
  return (progress) => {
    const fraction = progress.bytes / progress.total
    const { phase, wheel, number, of } = progress
    const which = of === 1 ? '' : `  ${number} of ${of}: ${wheel.replace(/==.*/, '')}`
    const line = `${phases[phase].padEnd(11)}  ${bar(fraction)}  ${megabytes(progress.bytes)} of ${megabytes(progress.total)}${which}`
    if (standardError.isTerminal) standardError.overwrite(line, { kept: fraction >= 1 })
    else if (said !== phase + wheel)
      standardError.print([
        of === 1
          ? `${phases[phase]} the TensorFlow library (${megabytes(progress.total)}) …`
          : `${phases[phase]} ${wheel} (${number} of ${of}, ${megabytes(progress.bytes)} of ${megabytes(progress.total)} so far) …`,
      ])
    said = phase + wheel
  }
}
