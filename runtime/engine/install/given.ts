/** Wheels that the user copied to a machine without a package index: found in a folder by name, all before anything is installed. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type EngineProblem, engineProblems } from '../problems.ts'
import type { Wheel } from './cuda-wheels.ts'

/** Paths by requirement. @throws EngineProblem `install` that lists the missing ones and the command that downloads them */
export async function givenWheels(folder: string, wheels: readonly Wheel[], tags: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException): never => {
    throw unreadable(folder, cause.message)
  })
  const found = new Map(
    wheels.flatMap(({ requirement }) => {
      const begins = beginningOf(requirement)
      const name = names.find((each) => each.toLowerCase().startsWith(begins) && each.endsWith('.whl'))
      return name === undefined ? [] : [[requirement, join(folder, name)] as const]
    }),
  )
  const missing = wheels.filter(({ requirement }) => !found.has(requirement)).map(({ requirement }) => requirement)
  if (missing.length === 0) return found
  throw engineProblems.install(
    `The folder lacks ${missing.length} of ${wheels.length} wheels.`,
    { folder, missing: missing.join('\n') },
    `Where there is a network: python3 -m pip download --no-deps --only-binary=:all: ${tags.join(' ')} --dest DIR ${missing.join(' ')}`,
  )
}

const unreadable = (folder: string, reason: string): EngineProblem =>
  engineProblems.install('The folder of wheels cannot be read.', { folder, 'system error': reason }, 'Name the folder that holds them.')

/** `nvidia-cublas-cu12==12.9` → `nvidia_cublas_cu12-12.9-`, as in names of wheel files. */
const beginningOf = (requirement: string): string => {
  const [name = '', version = ''] = requirement.toLowerCase().split('==')
  return `${name.replaceAll(/[-_.]+/g, '_')}-${version}-`
}
