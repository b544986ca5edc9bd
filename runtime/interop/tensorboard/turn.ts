/** One run at a time writes into a folder of events: two would write points twice, or take each other's files away. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textOf } from '../../format/text-of-file.ts'
import { StoreProblem } from '../../problem.ts'
import { isAlive, thisProcess } from '../../store/process-identity.ts'

/** Holds who writes. TensorBoard takes no file of this name for one of events. */
const name = 'espalier-run'

/** @returns gives the folder back @throws StoreProblem while another run has it */
export function takeFolder(folder: string): () => void {
  const file = join(folder, name)
  const me = thisProcess()
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, me, { flag: 'wx' })
  } catch (cause) {
    // What is written there says what is in the way.
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
