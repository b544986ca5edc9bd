/** Worker processes that do what a test says, and a job for them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Job } from '../../../../runtime/execution/protocol.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'

/**
 * A module for a worker that does what `code` says. In it `send(message, mark)` sends, marked as the job's unless `mark` says otherwise, and
 * `run(then)` calls when a job has come.
 */
export async function workerThat(code: string): Promise<string> {
  const file = join(await temporaryFolder(), 'worker.mjs')
  writeFileSync(
    file,
    `import { writeSync } from 'node:fs'
     import { Socket } from 'node:net'
     import { createInterface } from 'node:readline'
     const mark = {}
     let then = () => {}
     const run = (called) => { then = called }
     const send = (message, other) => writeSync(4, JSON.stringify({ ...mark, ...other, message }) + '\\n')
     createInterface({ input: new Socket({ fd: 3 }) }).on('line', (line) => {
       const { type, nonce, job } = JSON.parse(line)
       if (type === 'begin') mark.nonce = nonce
       else if (type === 'run') { Object.assign(mark, { id: job.id, attempt: job.attempt }); then(job) }
     })
     ${code}`,
  )
  return file
}

export const jobOf = (id: string, attempt = 1): Job => ({
  id,
  attempt,
  work: { kind: 'init', options: { model: { name: 'lenet300', options: {} }, seed: 0 }, inputs: {} },
  key: 'a'.repeat(64),
  source: null,
  folder: null,
  data: null,
  path: 'init',
  resume: false,
  keep: [],
  stopAfter: null,
  continueFrom: null,
  given: {},
  expected: {},
  keepState: false,
  engine: { engine: 'tensorflow', xla: false },
  threads: 1,
  checkpointEvery: 30,
})
