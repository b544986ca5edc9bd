/** A study computed by Slurm while somebody disturbs it in every way that Slurm knows, compared with the same study on one machine. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { artifactsOf, eventsOf, Project, type Running } from '../end-to-end/command.ts'
import type { SlurmCluster } from '../runtime/execution/slurm/cluster.ts'

export interface TrialOptions {
  readonly cluster: SlurmCluster
  /** Text of the pipeline file. */
  readonly study: string
  /** What is done to it, one after the other, each once something runs; what is left when the study is done is not done. */
  readonly faults: readonly FaultName[]
  /** Further flags of the run. */
  readonly flags?: readonly string[]
  /** Between two of them. Default 1.5. */
  readonly seconds?: number
  readonly say?: (text: string) => void
}

export interface Trial {
  /** Faults that happened to it. */
  readonly happened: readonly FaultName[]
  /** Stages that came out otherwise than on one machine, and what else is wrong. */
  readonly wrong: readonly string[]
  /** Coordinators that were needed. */
  readonly coordinators: number
  /** Stages that went on from a checkpoint. */
  readonly resumed: number
  /** Why submissions were tried again. */
  readonly retried: readonly string[]
}

export const faultNames = ['cancel', 'limit', 'requeue', 'preempt', 'drain', 'node', 'coordinator', 'suspend'] as const
export type FaultName = (typeof faultNames)[number]

const file = 'study.pipeline.ts'
const threads = ['--threads', '1'] as const

/** What the same study comes to on this machine alone. */
async function undisturbed(study: string): Promise<Awaited<ReturnType<typeof artifactsOf>>> {
  const project = new Project({ [file]: study })
  try {
    const run = await project.espalier('run', file, ...threads)
    if (run.code !== 0) throw new Error(`the undisturbed run failed:\n${run.stdout}\n${run.stderr}`)
    return await artifactsOf(project, file)
  } finally {
    project.remove()
  }
}

export async function trial({ cluster, study, faults, flags = [], seconds = 1.5, say = () => {} }: TrialOptions): Promise<Trial> {
  const project = new Project({ [file]: study })
  const [happened, outputs]: [FaultName[], string[]] = [[], []]
  const command = [
    'run',
    file,
    '--on',
    'slurm',
    ...threads,
    '--poll',
    '1',
    '--checkpoint-every',
    '0.5',
    '--retries',
    '20',
    '--json',
    ...flags,
  ]
  let running = project.start(command, cluster.env)
  let coordinators = 1
  let code: number | null | undefined
  const watch = (each: Running) => {
    void each.ended.then((ended) => {
      outputs.push(ended.stdout)
      if (each !== running) return
      code = ended.code
      if (code !== 0) say(`${ended.stdout.slice(-3000)}\n${ended.stderr}`)
    })
  }
  const another = () => {
    running = project.start(command, cluster.env)
    coordinators++
    watch(running)
  }
  watch(running)
  try {
    for (const fault of faults) {
      await sleep(seconds * 1000)
      const job = await runningJob(cluster, () => code !== undefined)
      if (job === undefined) break
      say(`${fault} (${job})`)
      happened.push(fault)
      if (fault === 'coordinator') {
        const before = running
        another.call(undefined)
        before.killAll('SIGKILL')
      } else if (fault === 'suspend') {
        const before = running
        before.child.kill('SIGSTOP')
        another()
        // Its leases run out, and the other one goes on; it wakes up to jobs that are not its own any more.
        setTimeout(() => before.child.kill('SIGCONT'), 14_000)
      } else await disturb(cluster, fault, job)
    }
    while (code === undefined) await sleep(100)
    const wrong: string[] = []
    if (code !== 0) wrong.push(`the last coordinator ended with ${code}`)
    const [expected, came] = [await undisturbed(study), await artifactsOf(project, file)]
    for (const path of Object.keys(expected))
      if (expected[path] !== came[path]) wrong.push(`${path}: ${came[path]} instead of ${expected[path]}`)
    const verified = await project.espalier('store', 'verify')
    if (verified.code !== 0) wrong.push(verified.stdout)
    const tasks = join(project.folder, '.espalier', 'jobs', String(process.getuid?.() ?? 0), 'tasks')
    if (existsSync(tasks)) wrong.push(...readdirSync(tasks).map((key) => `the task of ${key} is left`))
    const left = await cluster.slurm('squeue', ['-h', '--states=PENDING,RUNNING', '-o', '%j'])
    if (/espalier-/.test(left)) wrong.push(`jobs are left: ${left}`)
    const events = outputs.flatMap(eventsOf)
    return {
      ...{ happened, wrong, coordinators },
      resumed: events.filter((event) => event.event === 'stage-start' && event.resumedAt !== undefined).length,
      retried: events.flatMap((event) => (event.event === 'retry' ? [event.problem.title] : [])),
    }
  } finally {
    running.killAll('SIGKILL')
    project.remove()
  }
}

async function runningJob(cluster: SlurmCluster, over: () => boolean): Promise<string | undefined> {
  while (!over()) {
    const jobs = (await cluster.slurm('squeue', ['-h', '--array', '--states=RUNNING', '-o', '%F_%K %j'])).split('\n')
    const [job] = (jobs.find((line) => line.includes('espalier-')) ?? '').split(' ')
    if (job) return job
    await sleep(100)
  }
  return undefined
}

/** Slurm lets what it queues again wait for two minutes, as a node may still be running it. */
const atOnce = async (cluster: SlurmCluster) => {
  const waiting = (await cluster.slurm('squeue', ['-h', '--array', '--states=PENDING', '-o', '%F_%K %r'])).split('\n')
  for (const line of waiting) {
    const [job, reason] = line.split(' ')
    if (reason === 'BeginTime') await cluster.slurm('scontrol', ['update', `JobId=${job}`, 'StartTime=now']).catch(() => {})
  }
}

async function disturb(cluster: SlurmCluster, fault: Exclude<FaultName, 'coordinator' | 'suspend'>, job: string): Promise<void> {
  const [first] = cluster.nodes
  if (fault === 'cancel') await cluster.slurm('scancel', [job])
  else if (fault === 'limit') await cluster.slurm('scancel', ['--signal=USR2', '--batch', job])
  else if (fault === 'requeue') {
    await cluster.slurm('scontrol', ['requeue', job]).catch(() => {}) // it has ended meanwhile
    await soon(cluster)
  } else if (fault === 'preempt') {
    await cluster.slurm('sbatch', ['-p', 'urgent', '--exclusive', '--output=/dev/null', '--wrap=sleep 2'])
    await soon(cluster)
  } else if (fault === 'drain') {
    await cluster.slurm('scontrol', ['update', `NodeName=${first}`, 'State=DRAIN', 'Reason=trial'])
    setTimeout(() => void cluster.slurm('scontrol', ['update', `NodeName=${first}`, 'State=RESUME']).catch(() => {}), 4000)
  } else {
    cluster.killNode(first)
    await sleep(2000)
    cluster.startNode(first)
    await soon(cluster)
  }
}

async function soon(cluster: SlurmCluster): Promise<void> {
  for (let i = 0; i < 15; i++) {
    await sleep(1000)
    await atOnce(cluster)
  }
}
