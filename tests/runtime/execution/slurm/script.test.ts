import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { scriptFor } from '../../../../runtime/execution/slurm/script.ts'
import { TaskFiles } from '../../../../runtime/execution/slurm/tasks.ts'
import { temporaryFolder } from '../../store/temporary-store.ts'
import { jobOf } from '../local/fake-worker.ts'

async function ranOn(change: (script: string) => string, env: NodeJS.ProcessEnv = {}) {
  const home = join(await temporaryFolder(), "it's a store")
  const files = new TaskFiles(join(home, 'stage'), 'task')
  mkdirSync(files.folder, { recursive: true })
  await files.writeTask({ job: jobOf('a'), beatSeconds: 5 })
  await files.writePlace({ name: 'espalier-x', index: 3 })
  const script = join(home, 'script.sh')
  const others = [0, 1, 2].map((index) => ({ id: `other ${index}`, folder: `/nowhere/${index}` }))
  writeFileSync(script, change(scriptFor({ places: { home, objects: home }, tasks: [...others, files] })))
  const ran = spawnSync('sh', [script], {
    env: { PATH: process.env.PATH, SLURM_ARRAY_TASK_ID: '3', SLURM_JOB_NAME: 'espalier-x', SLURMD_NODENAME: 'n1', ...env },
    encoding: 'utf8',
  })
  return { files, ran }
}

test.each([
  ['Node.js is', /node='[^']*'; main/, "node='/not/there/node'; main", /Node.js, which is not at/],
  ['the library is', /main='[^']*'/, "main='/not/there.js'", /this library, which is not at/],
  ['Node.js does not start', /node='[^']*'; main/, "node='/bin/false'; main", /a Node.js that starts and is 22.18 or newer/],
])('a node where %s missing says so in one sentence', async (_, what, by, sentence) => {
  const { files, ran } = await ranOn((script) => script.replace(what, by))
  expect(ran.status).toBe(1)
  const end = (await files.run(0).ended())?.end
  expect(end).toMatchObject({ type: 'refused', title: 'A node of Slurm lacks what stages need.' })
  expect(JSON.stringify(end)).toMatch(sentence)
})

test('a job of a task that does not count tells nothing and computes nothing', async () => {
  const { files, ran } = await ranOn((script) => script)
  expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
  expect(await files.lastRun()).toBeUndefined()
})
