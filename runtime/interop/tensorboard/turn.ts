/**
 * A lock on an event folder: two runs at once would duplicate points or replace each other's files. The lock of a dead process is not
 * removed, because another run could have replaced it meanwhile: its successor is a file named after it, which only one run can create.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sha256 } from '../../format/hash.ts'
import { textOf } from '../../format/text-of-file.ts'
import { writeNew } from '../../plain-file.ts'
import { StoreProblem } from '../../problem.ts'
import { isAlive, thisProcess } from '../../store/process-identity.ts'

/** The first lock; each contains the identity of its process. TensorBoard ignores these names. */
const name = 'espalier-run'

/** @returns a function that releases the folder @throws StoreProblem while another run has it */
export function takeFolder(folder: string): () => void {
  const me = thisProcess()
  const first = join(folder, name)
  const locks = [first]
  let lock = first
  let began: string | undefined
  try {
    mkdirSync(folder, { recursive: true })
    while (!writeNew(lock, me)) {
      const other = textOf(lock)
      if (other === undefined) return takeFolder(folder)
      if (isAlive(other) !== false) throw inUse(folder, lock, other)
      began ??= other
      lock = `${first}.${sha256(other).slice(0, 16)}`
      locks.push(lock)
    }
  } catch (cause) {
    if (cause instanceof StoreProblem) throw cause
    return () => {} // the first write to the folder reports it
  }
  const isOurs = () => textOf(first) === (began ?? me)
  if (isOurs()) {
    return () => {
      // In this order: without the first lock, nothing leads to its successors.
      if (isOurs()) for (const each of locks) rmSync(each, { force: true })
    }
  }
  // A run that ended has removed the first lock before this one was created.
  rmSync(lock, { force: true })
  return takeFolder(folder)
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
