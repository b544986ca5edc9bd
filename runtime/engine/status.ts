/** Data of `espalier engine status` and `espalier doctor`: available engines, why others are not, and whether the chosen one works. */

import { canonical } from '../../dsl/check/canonical.ts'
import type { Numerics } from '../../stdlib/engine.ts'
import { conv2 } from '../../stdlib/models/networks/conv2.ts'
import { lenet300 } from '../../stdlib/models/networks/lenet300.ts'
import { sha256 } from '../format/hash.ts'
import { chooseEngine, type EngineAsked, type EngineChoice } from './choice.ts'
import { computeHereOn, findGpus, type GpusFound } from './gpu.ts'
import { type LibraryPackage, tensorflowCpu, tensorflowCuda } from './library.ts'
import { locateTensorFlow, type Place, places } from './locate.ts'
import { openEngine } from './open.ts'
import { EngineProblem } from './problems.ts'
import type { Speed } from './speed.ts'

export interface LibraryStatus {
  readonly build: LibraryPackage['build']
  readonly version: string
  /** Where it is; undefined when it is not available. */
  readonly directory: string | undefined
  readonly places: readonly Place[]
  readonly problem: EngineProblem | undefined
}

export interface EngineStatus {
  readonly libraries: readonly LibraryStatus[]
  readonly gpus: GpusFound
  readonly choice: EngineChoice
  /** Of the chosen engine, after its self-check. */
  readonly numerics: Numerics | undefined
  /** 8 hex digits of the numerics: results of one class are bit-identical. */
  readonly numericsClass: string | undefined
  /** To find, load and check it. */
  readonly milliseconds: number
  readonly speeds: readonly Speed[]
  /** Why the chosen engine cannot compute. */
  readonly problem: EngineProblem | undefined
}

export interface StatusOptions extends EngineAsked {
  readonly threads: number
  /** Duration of the measurement for each of two networks; 0: none. Default 0. */
  readonly seconds?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Loads the chosen engine into this process. */
export async function engineStatus({ threads, seconds = 0, env = process.env, ...asked }: StatusOptions): Promise<EngineStatus> {
  const libraries = [await libraryStatus(tensorflowCpu, env), await libraryStatus(tensorflowCuda, env)]
  const gpus = await findGpus(env)
  const choice = await chooseEngine(asked, env)
  const found = { libraries, gpus, choice }
  const start = performance.now()
  computeHereOn(choice.gpus)
  try {
    if (choice.problem !== undefined) throw choice.problem
    const engine = await openEngine({ ...choice.settings, threads, env })
    const milliseconds = performance.now() - start
    const { speedOf } = await import('./speed.ts')
    const speeds: Speed[] = []
    if (seconds > 0) for (const { spec } of [lenet300(), conv2()]) speeds.push(await speedOf(engine, spec, seconds))
    const { numerics } = engine
    return { ...found, numerics, numericsClass: classOf(numerics), milliseconds, speeds, problem: undefined }
  } catch (cause) {
    if (!(cause instanceof EngineProblem)) throw cause
    const milliseconds = performance.now() - start
    return { ...found, numerics: undefined, numericsClass: undefined, milliseconds, speeds: [], problem: cause }
  }
}

export const classOf = (numerics: Numerics): string => sha256(canonical({ ...numerics })).slice(0, 8)

async function libraryStatus(library: LibraryPackage, env: NodeJS.ProcessEnv): Promise<LibraryStatus> {
  const looked: Place[] = []
  for await (const place of places(env, library)) looked.push(place)
  const status = { build: library.build, version: library.requirement.replace(/^.*==/, ''), places: looked }
  try {
    return { ...status, directory: (await locateTensorFlow(env, library)).directory, problem: undefined }
  } catch (cause) {
    if (!(cause instanceof EngineProblem)) throw cause
    return { ...status, directory: undefined, problem: cause }
  }
}
