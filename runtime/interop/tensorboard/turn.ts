/**
 * A lock on an event folder: two runs at once would duplicate points or replace each other's files. The lock of a dead process is not
 * removed, because another run could have replaced it meanwhile: its successor is a file named after it, which only one run can create.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { textOf } from '../../format/text-of-file.ts'
import { StoreProblem } from '../../problem.ts'
import { isAlive, thisProcess } from '../../store/process-identity.ts'

/** The first lock; each contains the identity of its process. TensorBoard ignores these names. */
const name = 'espalier-run'

/** @returns a function that releases the folder @throws StoreProblem while another run has it */
export function takeFolder(folder: string): () => void {
  const me = thisProcess()
  const first = join(folder, name)
  const locks = [first]
  let began: string | undefined
  try {
    mkdirSync(folder, { recursive: true })
    while (!created(locks.at(-1)!, me)) {
      const other = textOf(locks.at(-1)!)
      if (other === undefined) return takeFolder(folder)
      if (isAlive(other) !== false) throw inUse(folder, locks.at(-1)!, other)
      began ??= other
      locks.push(`${first}.${sha256(other).slice(0, 16)}`)
    }
  } catch (cause) {
    if (cause instanceof StoreProblem) throw cause
    return () => {} // the first write to the folder reports it
  }
  const isOurs = () => textOf(first) === (began ?? me)
  if (isOurs()) {
    return () => {
      // In this order: without the first lock, nothing leads to its successors.
      if (isOurs()) for (const lock of locks) rmSync(lock, { force: true })
    }
  }
  // A run that ended has removed the first lock before this one was created.
  rmSync(locks.at(-1)!, { force: true })
  return takeFolder(folder)
}

/** False if there is such a file. */
function created(file: string, content: string): boolean {
  try {
    writeFileSync(file, content, { flag: 'wx' })
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
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
