import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareSlurm, SlurmCluster } from '../runtime/execution/slurm/cluster.ts'
import { trial } from '../slurm-trial/trial.ts'
import { eventsNamed, newCheckpoint, type Project, temporaryProject } from './command.ts'

const study = `
import { adam, compare, digits, lenet300, task } from 'espalier'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1.2e-3 }), epochs: 4 })
export default compare({ dense: train(), pruned: train().prune(0.9) })
`
const missing = await prepareSlurm()

describe.skipIf(missing !== undefined)(`on Slurm (${missing ?? 'two nodes on this machine'})`, () => {
  let cluster: SlurmCluster
  beforeAll(async () => {
    cluster = await SlurmCluster.start()
  })
  afterAll(() => cluster?.stop())
  const slurm = ['--on', 'slurm', '--threads', '1', '--poll', '1', '--json']
  const espalier = (project: Project, more: readonly string[] = []) =>
    project.start(['run', 'a.pipeline.ts', ...slurm, ...more], cluster.env)

  test('a study whose jobs are cancelled and reach their limit, and whose coordinator is killed, comes out as on one machine', async () => {
    const { wrong, happened, coordinators, retried } = await trial({
      cluster,
      study,
      faults: ['cancel', 'limit', 'coordinator'],
      seconds: 0.3,
    })
    expect(wrong).toEqual([])
    expect({ happened, coordinators }).toEqual({ happened: ['cancel', 'limit', 'coordinator'], coordinators: 2 })
    expect(retried).toContain('Somebody cancelled the job of the stage.')
  })

  test('Ctrl-C stops jobs at a checkpoint and takes the others out of the queue', async () => {
    const project = temporaryProject({ 'a.pipeline.ts': study.replace('epochs: 4', 'epochs: 300') })
    const running = espalier(project, ['--checkpoint-every', '0.3'])
    await newCheckpoint(project)
    running.child.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(130)
    const [stopped] = eventsNamed(stdout, 'stage-stopped')
    expect(stopped).toMatchObject({ path: 'dense/train' })
    expect(await cluster.slurm('squeue', ['-h', '--states=PENDING,RUNNING'])).toBe('')
  })

  test('the commands of docs/slurm.md lead from nothing to a finished study', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/slurm.md'), 'utf8')
    const lines = /```sh\n([^`]*)```/.exec(page)![1]!.trim().split('\n')
    expect(lines).toHaveLength(5)
    const project = temporaryProject()
    rmSync(join(project.folder, 'package.json'))
    const said: string[] = []
    for (const line of lines) {
      const [program, ...words] = line.split(' ')
      expect(program).toBe('espalier')
      const { code, stdout, stderr } = await project.start(words, cluster.env).ended
      expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' })
      said.push(stdout)
      // The starter's study, with less to compute.
      if (words[0] === 'init')
        project.write(
          'first.pipeline.ts',
          project.read('first.pipeline.ts').replace('seeds(2', 'seeds(1').replace('epochs: 2', 'epochs: 1'),
        )
    }
    expect(said[3]).toMatch(/9 stages · 9 run/)
    expect(said[4]).toMatch(/first\.pipeline\.ts/)
  })

  test('what a node lacks ends the run with one sentence, before anything else is tried there', async () => {
    const project = temporaryProject({ 'a.pipeline.ts': study })
    rmSync(join(project.folder, 'node_modules/espalier/dist/slurm-job.js'))
    const { code, stderr } = await espalier(project).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^A node of Slurm lacks what stages need\.\n {2}node +\S+\n {2}lacks +this library, which is not at .*slurm-job\.js there\n/,
    )
    expect(await cluster.slurm('squeue', ['-h', '--states=PENDING,RUNNING'])).toBe('')
  })

  test('what Slurm does not take ends the run with its words', async () => {
    const { code, stderr } = await espalier(temporaryProject({ 'a.pipeline.ts': study }), ['--partition', 'nowhere']).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Slurm rejected the first job\.\n {2}sbatch output +.*invalid partition specified: nowhere/)
  })
})

test('without Slurm the run says so, and what to do', async () => {
  const { code, stderr } = await temporaryProject({ 'a.pipeline.ts': study }).start(['run', 'a.pipeline.ts', '--on', 'slurm'], {
    PATH: '/nowhere',
  }).ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Slurm is not available here\.\n {2}command +squeue\n {2}reason +there is no squeue on the PATH\n/)
})
