/** Calls Slurm's programs and parses their output. */
import { execFile } from 'node:child_process'

/** One task of a job array. */
export interface JobState {
  /** `ARRAY_INDEX`, as `scancel` takes it. */
  readonly job: string
  /** Name of the array. */
  readonly name: string
  readonly index: number
  /** PENDING, RUNNING, COMPLETED, NODE_FAIL, …; without sacct's additions. */
  readonly state: string
  /** Undefined before it has one. */
  readonly node: string | undefined
}

export class SlurmError extends Error {
  readonly program: string
  /** Whether a later attempt may succeed: the controller does not respond, or too many jobs are queued. */
  readonly passing: boolean

  constructor(program: string, message: string) {
    super(message)
    this.program = program
    this.passing = /unable to contact|timed out|connection|temporar|try again|limit|not responding|communication/i.test(message)
  }
}

/** The timeout of 30 s is longer than those of Slurm's programs. */
function call(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, maxBuffer: 64e6 }, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout)
      else reject(new SlurmError(program, cause.code === 'ENOENT' ? `there is no ${program} on the PATH` : said(stderr) || cause.message))
    })
  })
}

/** Removes the program's own name from every line. */
const said = (stderr: string): string => stderr.trim().replace(/^\w+: (error: )?/gm, '')

/** @returns the array's job id @throws SlurmError */
export async function submit(script: string, options: readonly string[]): Promise<string> {
  const answer = await call('sbatch', ['--parsable', ...options, script])
  // Followed by the cluster's name where there are several.
  const [, number] = /^(\d+)/.exec(answer) ?? []
  if (number === undefined) throw new SlurmError('sbatch', `it gave no job's number: ${answer.slice(0, 200)}`)
  return number
}

/** Jobs of this user whose name has the prefix; ended ones are listed for some minutes. @throws SlurmError */
export async function queued(prefix: string): Promise<readonly JobState[]> {
  const text = await call('squeue', ['--me', '--array', '--states=all', '--noheader', '--format=%j|%F|%K|%T|%N'])
  return text.split('\n').flatMap((line) => {
    const [name = '', array = '', index = '', state = '', node = ''] = line.trim().split('|')
    if (!name.startsWith(prefix) || !/^\d+$/.test(index)) return []
    return [{ job: `${array}_${index}`, name, index: Number(index), state, node: node || undefined }]
  })
}

/** States of jobs from Slurm's accounting; empty where that is disabled. */
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

/** Ignores failures: a job may have ended meanwhile. */
export async function cancel(jobs: readonly string[]): Promise<void> {
  if (jobs.length > 0) await call('scancel', ['--quiet', ...jobs]).catch(() => {})
}
