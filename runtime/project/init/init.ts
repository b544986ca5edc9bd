/** Writes a starter project into a folder. What is there already stays as it is. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { initProblems } from './problems.ts'
import { type Ending, starterFiles, starterName } from './starter.ts'

export interface Initialised {
  readonly written: readonly string[]
  /** There before, and left alone. */
  readonly kept: readonly string[]
  /** What a file that was kept lacks, each a sentence. */
  readonly advice: readonly string[]
  /** The starter pipeline's file. */
  readonly first: string
}

/** Creates the folder if need be. @param dependency of the project on this package, as package.json has it. @throws InitProblem when it is a file or cannot be written to */
export function initialise(folder: string, dependency: string): Initialised {
  const ending = endingIn(join(folder, 'package.json'))
  const files = Object.entries(starterFiles(folder, dependency, ending))
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) throw initProblems.notAFolder(folder)
    mkdirSync(folder, { recursive: true })
    // Not looked for first: the file system itself says whether it is there.
    const written = files.filter(([name, text]) => writeNew(join(folder, name), text)).map(([name]) => name)
    const kept = files.map(([name]) => name).filter((name) => !written.includes(name))
    const advice = kept.includes('package.json') ? adviceFor(join(folder, 'package.json')) : []
    return { written, kept, advice, first: starterName(ending) }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw code === undefined ? cause : initProblems.cannotWrite(folder, message)
  }
}

function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
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

/** Pipelines are modules. A package is one of modules when it says so, and one that is yet to be written will. */
const endingIn = (path: string): Ending => (!existsSync(path) || readManifest(path).type === 'module' ? 'ts' : 'mts')

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest
  } catch {
    return {} // npm will tell what is wrong with it
  }
}
