/** Slurm's own programs: how they are called, and what they say. */
import { execFile } from 'node:child_process'

/** One element of an array of jobs. */
export interface JobState {
  /** `ARRAY_INDEX`, as `scancel` takes it. */
  readonly job: string
  /** The name the array was given. */
  readonly name: string
  readonly index: number
  /** PENDING, RUNNING, COMPLETED, NODE_FAIL, …; sacct's additions are left out. */
  readonly state: string
  /** Undefined as long as it has none. */
  readonly node: string | undefined
}

export class SlurmError extends Error {
  readonly program: string
  /** Whether the same may be accepted later: the controller does not answer, or too many jobs are in the queue. */
  readonly passing: boolean

  constructor(program: string, message: string) {
    super(message)
    this.program = program
    this.passing = /unable to contact|timed out|connection|temporar|try again|limit|not responding|communication/i.test(message)
  }
}

/** The program may be killed after half a minute: Slurm's own patience is shorter. */
function call(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, maxBuffer: 64e6 }, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout)
      else reject(new SlurmError(program, cause.code === 'ENOENT' ? `there is no ${program} on the PATH` : said(stderr) || cause.message))
    })
  })
}

/** Without the program's own name before every line. */
const said = (stderr: string): string => stderr.trim().replace(/^\w+: (error: )?/gm, '')

/** @returns the array's number @throws SlurmError */
export async function submit(script: string, options: readonly string[]): Promise<string> {
  const answer = await call('sbatch', ['--parsable', ...options, script])
  // With the cluster's name behind it where there are several.
  const [, number] = /^(\d+)/.exec(answer) ?? []
  if (number === undefined) throw new SlurmError('sbatch', `it gave no job's number: ${answer.slice(0, 200)}`)
  return number
}

/** All jobs of this user that begin with a name; those that have ended are known for some minutes. @throws SlurmError */
export async function queued(prefix: string): Promise<readonly JobState[]> {
  const text = await call('squeue', ['--me', '--array', '--states=all', '--noheader', '--format=%j|%F|%K|%T|%N'])
  return text.split('\n').flatMap((line) => {
    const [name = '', array = '', index = '', state = '', node = ''] = line.trim().split('|')
    if (!name.startsWith(prefix) || !/^\d+$/.test(index)) return []
    return [{ job: `${array}_${index}`, name, index: Number(index), state, node: node || undefined }]
  })
}

/** What the accounting knows of jobs; nothing where it is switched off. */
export async function accounted(jobs: readonly string[]): Promise<readonly JobState[]> {
  const args = ['--noheader', '--parsable2', '--allocations', '--format=JobID,JobName,State,NodeList', `--jobs=${jobs.join(',')}`]
  const text = await call('sacct', args).catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [job = '', name = '', state = '', node = ''] = line.trim().split('|')
    const [, index] = /_(\d+)$/.exec(job) ?? []
    // "CANCELLED by 1000"
    return index === undefined ? [] : [{ job, name, index: Number(index), state: state.split(' ')[0]!, node: node || undefined }]
  })
}

/** Jobs that have ended meanwhile are no error. */
export async function cancel(jobs: readonly string[]): Promise<void> {
  if (jobs.length > 0) await call('scancel', ['--quiet', ...jobs]).catch(() => {})
}
