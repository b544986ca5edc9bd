/** Downloads one wheel with the user's own pip: its mirrors, proxies and certificates apply. */
import { execFile, spawn } from 'node:child_process'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { LibraryPackage } from '../library.ts'
import { engineProblems } from '../problems.ts'
import type { Wheel } from './cuda-wheels.ts'

export interface PipOptions {
  /** From `pythonWithPip`. */
  readonly python: string
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal | undefined
  /** Receives the number of bytes downloaded so far, a few times a second. */
  readonly onBytes: (bytes: number) => void
}

const pollMilliseconds = 250

/** Exits when its input closes: if this process were killed, pip would continue and recreate its folders. */
const pipThatEndsWithUs = `
import os, runpy, sys, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start()
sys.argv[0] = 'pip'
runpy.run_module('pip', run_name='__main__', alter_sys=True)`

/**
 * Downloads the wheel into `folder`, which must exist and be empty. pip checks the hash.
 * @returns its path @throws EngineProblem `install`: no network, another hash, a full disk
 */
export async function downloadWheel(
  library: Wheel,
  tags: LibraryPackage['tags'],
  folder: string,
  { python, env, signal, onBytes }: PipOptions,
): Promise<string> {
  const requirements = join(folder, 'requirements.txt')
  await writeFile(requirements, `${library.requirement} --hash=sha256:${library.sha256}\n`)
  const quiet = ['--no-input', '--disable-pip-version-check', '--progress-bar', 'off', '--no-cache-dir']
  const wanted = ['--no-deps', '--only-binary=:all:', '--require-hashes', ...tags, '--requirement', requirements]
  const child = spawn(python, ['-c', pipThatEndsWithUs, 'download', ...quiet, ...wanted, '--dest', folder], {
    // pip keeps the unfinished file in its temporary folder: the one whose free space was checked.
    env: { ...env, TMPDIR: folder },
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8192)
  })
  const poll = setInterval(() => void arrived(folder).then((bytes) => onBytes(Math.min(bytes, library.bytes))), pollMilliseconds)
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      // An interrupted pip still writes into the folder, so its exit is awaited.
      child.once('error', (cause) => child.pid === undefined && reject(cause)).once('close', resolve)
    })
    signal?.throwIfAborted()
    if (code !== 0) throw failure(library, said, code)
  } catch (cause) {
    if (signal?.aborted) throw engineProblems.interrupted()
    throw cause
  } finally {
    clearInterval(poll)
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw failure(library, 'pip ended well, but left no wheel', 0)
  onBytes(library.bytes)
  return join(folder, wheel)
}

/**
 * Path of the interpreter itself: `python3` may be a script that starts it without forwarding signals.
 * @throws EngineProblem `install`: no Python, no pip
 */
export async function pythonWithPip(env: NodeJS.ProcessEnv): Promise<string> {
  const python = await answer('python3', ['-c', 'import sys; print(sys.executable)'], env).catch((cause) => {
    throw engineProblems.install(
      'There is no python3 to fetch the TensorFlow library with.',
      { 'looked in': env.PATH ?? '(no PATH)', 'system error': lastLines((cause as { stderr?: string }).stderr || String(cause)) },
      'Install Python 3 with pip, or name a folder that holds the library in ESPALIER_TENSORFLOW.',
    )
  })
  await answer(python, ['-m', 'pip', '--version'], env).catch((cause) => {
    throw engineProblems.install(
      'Python has no pip to fetch the TensorFlow library with.',
      { 'python3 -m pip output': lastLines((cause as { stderr?: string }).stderr ?? String(cause)) },
      'Install pip (Debian: apt install python3-pip; others: python3 -m ensurepip), then run: espalier engine install',
    )
  })
  return python
}

async function answer(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 30_000, env })
  return stdout.trim()
}

function failure({ requirement }: Wheel, said: string, code: number | null) {
  const facts = { package: requirement, 'pip output': lastLines(said) || `nothing, exit code ${code}` }
  if (/No space left|Errno 28/.test(said)) {
    return engineProblems.install(
      'The disk became full while the TensorFlow library was downloaded.',
      facts,
      'Free some space and run it again.',
    )
  }
  if (/DO NOT MATCH THE HASHES/.test(said)) {
    return engineProblems.install(
      'The wheel that pip was given is not the one Espalier was made for.',
      facts,
      'Its content differs from the published one: ask who runs the package index, and try another.',
    )
  }
  return engineProblems.install(
    'pip could not download the TensorFlow library.',
    facts,
    'Check the network and the index that pip uses, then run it again.',
  )
}

const lastLines = (text: string) => text.trim().split('\n').slice(-4).join('\n')

/** Bytes of the wheel under `folder`, complete or not. */
async function arrived(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const wheels = names.filter((name) => name.endsWith('.whl'))
  // pip may remove files meanwhile.
  const sizes = await Promise.all(
    wheels.map((name) =>
      stat(join(folder, name))
        .then((entry) => (entry.isFile() ? entry.size : 0))
        .catch(() => 0),
    ),
  )
  return Math.max(0, ...sizes)
}
