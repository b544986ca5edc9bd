/** Writes a starter project into a folder. Existing files are kept. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeNew } from '../../plain-file.ts'
import { initProblems } from './problems.ts'
import { type Ending, starterFiles, starterName } from './starter.ts'

export interface Initialised {
  readonly written: readonly string[]
  /** Existing files, unchanged. */
  readonly kept: readonly string[]
  /** What a kept file lacks, one sentence each. */
  readonly advice: readonly string[]
  /** The starter pipeline's file. */
  readonly first: string
}

/** Creates the folder if needed. @param dependency as in package.json @throws LoadProblem for a file or an unwritable folder */
export function initialise(folder: string, dependency: string): Initialised {
  const ending = endingIn(join(folder, 'package.json'))
  const files = Object.entries(starterFiles(folder, dependency, ending))
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) throw initProblems.notAFolder(folder)
    mkdirSync(folder, { recursive: true })
    // Without a check beforehand: the write fails if the file exists.
    const written = files.filter(([name, text]) => writeNew(join(folder, name), text)).map(([name]) => name)
    const kept = files.map(([name]) => name).filter((name) => !written.includes(name))
    const advice = kept.includes('package.json') ? adviceFor(join(folder, 'package.json')) : []
    return { written, kept, advice, first: starterName(ending) }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw code === undefined ? cause : initProblems.cannotWrite(folder, message)
  }
}

interface Manifest {
  readonly type?: string
  readonly dependencies?: object
  readonly devDependencies?: object
}

function adviceFor(path: string): string[] {
  const { dependencies, devDependencies } = readManifest(path)
  return 'espalier' in { ...dependencies, ...devDependencies } ? [] : ['package.json does not name espalier yet: npm install espalier']
}

/** Pipelines are modules: `.ts` is one in a package with "type": "module", which a new package.json has. */
const endingIn = (path: string): Ending => (!existsSync(path) || readManifest(path).type === 'module' ? 'ts' : 'mts')

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest
  } catch {
    return {} // npm will report what is wrong with it
  }
}
