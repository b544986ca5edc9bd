/**
 * A Slurm of the tests' own: two nodes on this machine, each with a GPU that is none, in a temporary folder, and gone with the tests. Its
 * programs are this machine's, or Debian's, unpacked into the user's cache folder.
 */
import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cacheFolder } from '../../../../runtime/cache-folder.ts'
import { freePort } from '../../../loopback.ts'

const packages = ['munge', 'libmunge2', 'libhwloc15', 'liblua5.1-0', 'slurm-wlm-basic-plugins', 'slurm-client', 'slurmctld', 'slurmd']
const unpacked = join(cacheFolder(), 'tests', 'slurm')
const run = promisify(execFile)

/** Made once. @returns why there can be none; undefined when there can */
export async function prepareSlurm(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Slurm runs on Linux'
  if (existsSync(join(unpacked, 'usr'))) return undefined
  const made = `${unpacked}.${process.pid}`
  try {
    mkdirSync(join(made, 'packages'), { recursive: true })
    const download = () => run('apt-get', ['download', ...packages], { cwd: join(made, 'packages'), timeout: 120_000 })
    await download().catch(async () => {
      await run('apt-get', ['update'], { timeout: 120_000 })
      await download()
    })
    for (const file of readdirSync(join(made, 'packages'))) await run('dpkg-deb', ['-x', join('packages', file), '.'], { cwd: made })
    // Debian renames them, and what they do depends on their names.
    for (const name of ['slurmctld', 'slurmd', 'slurmstepd']) symlinkSync(`${name}-wlm`, join(made, 'usr', 'sbin', name))
    rmSync(join(made, 'packages'), { recursive: true })
    renameSync(made, unpacked)
    return undefined
  } catch (cause) {
    rmSync(made, { recursive: true, force: true })
    return existsSync(unpacked) ? undefined : `Slurm cannot be had: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`
  }
}

const library = () => {
  const lib = join(unpacked, 'usr', 'lib')
  const triplet = readdirSync(lib).find((name) => existsSync(join(lib, name, 'slurm-wlm')))!
  return { shared: join(lib, triplet), plugins: join(lib, triplet, 'slurm-wlm') }
}

export class SlurmCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'espalier-slurm-'))
  readonly nodes = ['n1', 'n2'] as const
  /** For whoever is to find this Slurm, in the place of `process.env`. */
  readonly env: { readonly PATH: string; readonly SLURM_CONF: string; readonly LD_LIBRARY_PATH: string }

  private constructor() {
    const { shared, plugins } = library()
    this.env = {
      PATH: `${join(unpacked, 'usr', 'bin')}:${process.env.PATH}`,
      SLURM_CONF: join(this.folder, 'slurm.conf'),
      LD_LIBRARY_PATH: [shared, plugins, process.env.LD_LIBRARY_PATH].filter((one) => one).join(':'),
    }
  }

  static async start(): Promise<SlurmCluster> {
    const cluster = new SlurmCluster()
    try {
      await cluster.#start()
      return cluster
    } catch (cause) {
      await cluster.stop()
      throw cause
    }
  }

  async #start(): Promise<void> {
    const [controller, ...ports] = await Promise.all([freePort(), freePort(), freePort()])
    const { username } = userInfo()
    for (const name of ['state', 'munge', 'spool-n1', 'spool-n2']) mkdirSync(join(this.folder, name), { mode: 0o700 })
    writeFileSync(join(this.folder, 'munge', 'key'), randomBytes(128), { mode: 0o400 })
    const at = (name: string) => join(this.folder, name)
    writeFileSync(
      this.env.SLURM_CONF,
      [
        'ClusterName=espalier',
        `SlurmctldHost=${hostname()}(127.0.0.1)`,
        `SlurmctldPort=${controller}`,
        `SlurmUser=${username}`,
        `SlurmdUser=${username}`,
        'AuthType=auth/munge',
        `AuthInfo=socket=${at('munge/socket')}`,
        `PluginDir=${library().plugins}`,
        `StateSaveLocation=${at('state')}`,
        `SlurmdSpoolDir=${at('spool-%n')}`,
        `SlurmctldPidFile=${at('slurmctld.pid')}`,
        `SlurmdPidFile=${at('slurmd-%n.pid')}`,
        `SlurmctldLogFile=${at('slurmctld.log')}`,
        `SlurmdLogFile=${at('slurmd-%n.log')}`,
        'ProctrackType=proctrack/pgid',
        'TaskPlugin=task/none',
        'MpiDefault=none',
        'SelectType=select/cons_tres',
        'SelectTypeParameters=CR_Core',
        'ReturnToService=2',
        'SlurmdTimeout=10',
        'KillWait=5',
        'MinJobAge=300',
        'PreemptType=preempt/partition_prio',
        'PreemptMode=REQUEUE',
        'GresTypes=gpu',
        'SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1',
        ...this.nodes.map(
          (name, i) => `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${ports[i]} CPUs=2 RealMemory=4000 Gres=gpu:1`,
        ),
        'PartitionName=main Nodes=n1,n2 Default=YES PriorityTier=1 State=UP',
        'PartitionName=urgent Nodes=n1,n2 PriorityTier=10 PreemptMode=OFF State=UP',
        '',
      ].join('\n'),
    )
    writeFileSync(join(this.folder, 'gres.conf'), 'NodeName=n[1-2] Name=gpu File=/dev/null\n')
    const munge = ['key-file=key', 'socket=socket', 'pid-file=pid', 'log-file=log', 'seed-file=seed'].map((one) => {
      const [name, file] = one.split('=') as [string, string]
      return `--${name}=${at(`munge/${file}`)}`
    })
    this.#daemon('munged', ['--force', '--num-threads=1', ...munge])
    this.#daemon('slurmctld', ['-c'])
    for (const node of this.nodes) this.startNode(node)
    for (let i = 0; !/^idle\s+idle$/.test((await this.slurm('sinfo', ['-hN', '-p', 'main', '-o', '%T']).catch(() => '')).trim()); i++) {
      if (i === 150) throw new Error(`Slurm does not start: ${readFileSync(at('slurmctld.log'), 'utf8').slice(-2000)}`)
      await sleep(100)
    }
  }

  startNode(node: string): void {
    this.#daemon('slurmd', ['-N', node, '-d', join(unpacked, 'usr', 'sbin', 'slurmstepd')])
  }

  /** As a machine goes: its daemon and all that runs on it. */
  killNode(node: string): void {
    for (const pid of [this.#pid(`slurmd-${node}.pid`), ...this.processesOn(node)]) if (pid !== undefined) end(pid)
  }

  /** Of jobs on a node, their programs too. */
  processesOn(node: string): number[] {
    const wanted = `SLURMD_NODENAME=${node}\0`
    return readdirSync('/proc').flatMap((name) => {
      try {
        const [env, line] = ['environ', 'cmdline'].map((file) => readFileSync(`/proc/${name}/${file}`, 'latin1'))
        const ours = env!.includes(`SLURM_CONF=${this.env.SLURM_CONF}`)
        return /^\d+$/.test(name) && ours && (`${env}\0`.includes(wanted) || line!.includes(`slurmstepd-${node}`)) ? [Number(name)] : []
      } catch {
        return []
      }
    })
  }

  async slurm(program: string, args: readonly string[]): Promise<string> {
    return (await run(join(unpacked, 'usr', 'bin', program), args, { env: { ...process.env, ...this.env } })).stdout
  }

  async stop(): Promise<void> {
    if (this.#pid('slurmctld.pid') !== undefined) await this.slurm('scancel', ['--user', userInfo().username]).catch(() => {})
    for (const node of this.nodes) this.killNode(node)
    for (const file of ['slurmctld.pid', 'munge/pid']) {
      const pid = this.#pid(file)
      if (pid !== undefined) end(pid)
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  /** They go into the background once they are ready. */
  #daemon(program: string, args: readonly string[]): void {
    execFileSync(join(unpacked, 'usr', 'sbin', program), args, {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  }

  #pid(file: string): number | undefined {
    try {
      return Number(readFileSync(join(this.folder, file), 'utf8').trim()) || undefined
    } catch {
      return undefined
    }
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}
