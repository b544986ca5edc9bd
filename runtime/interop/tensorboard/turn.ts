/** A lock on an event folder: two runs at once would duplicate points or replace each other's files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../../format/text-of-file.ts'
import { StoreProblem } from '../../problem.ts'
import { isAlive, thisProcess } from '../../store/process-identity.ts'

/** The lock file, which contains the identity of the writer. TensorBoard ignores this name. */
const name = 'espalier-run'

/** @returns a function that releases the folder @throws StoreProblem while another run has it */
export function takeFolder(folder: string): () => void {
  const file = join(folder, name)
  const me = thisProcess()
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, me, { flag: 'wx' })
  } catch (cause) {
    // Any other error is reported by the first write to the folder.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') return () => {}
    const other = textOf(file)
    if (other !== undefined && isAlive(other) !== false) throw inUse(folder, file, other)
    rmSync(file, { force: true })
    return takeFolder(folder)
  }
  return () => {
    if (textOf(file) === me) rmSync(file, { force: true })
  }
}

function inUse(folder: string, file: string, other: string): StoreProblem {
  const [host, , pid] = other.split(' ')
  return new StoreProblem({
    kind: 'busy',
    title: 'Another run writes into this folder of TensorBoard.',
    facts: [
      ['folder', folder],
      ['run', `process ${pid} on ${host}`],
    ],
    hint: `Name another folder with --tensorboard, or wait for that run. If it has ended on another machine: rm ${file}`,
  })
}
