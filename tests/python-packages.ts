/** Python packages that tests compare with, in an environment of their own in the user's cache folder, made once. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../runtime/cache-folder.ts'

const run = promisify(execFile)

export interface PythonEnvironment {
  /** Its packages are run by `python -m`: their own programs name the folder in which it was made. */
  readonly python: string
  /** Why it cannot be had; undefined when it can. */
  readonly missing: string | undefined
}

/** @param packages with exact versions, as pip takes them */
export async function pythonWith(name: string, packages: readonly string[]): Promise<PythonEnvironment> {
  const folder = join(cacheFolder(), 'tests')
  const environment = join(folder, name)
  const python = join(environment, 'bin', 'python')
  if (existsSync(environment)) return { python, missing: undefined }
  await mkdir(folder, { recursive: true })
  // There whole or not at all: several tests may make it at once.
  const made = await mkdtemp(join(folder, `${name}-`))
  try {
    await run('python3', ['-m', 'venv', made])
    await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 300_000 })
    await rename(made, environment).catch((cause: unknown) => {
      if (!existsSync(environment)) throw cause
    })
    return { python, missing: undefined }
  } catch (cause) {
    return {
      python,
      missing: `${packages.join(', ')} cannot be installed: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
    }
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}
