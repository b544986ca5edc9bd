import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startIndex } from '../runtime/engine/install/index-server.ts'
import { temporaryProject } from './command.ts'

/** All but the command's own compiled code, which any command keeps there. */
const installed = (cache: string) => readdirSync(join(cache, 'espalier')).filter((name) => name !== 'code')

test.each([[[]], [['cuda']]])(
  'espalier engine install %j without Python says so in one sentence, with what to do, and changes nothing',
  async (build) => {
    const project = temporaryProject()
    const cache = join(project.folder, 'cache')
    const env = { XDG_CACHE_HOME: cache, PATH: dirname(process.execPath) }
    const { code, stdout, stderr } = await project.start(['engine', 'install', ...build], env).ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^There is no python3 to fetch the TensorFlow library with\.\n {2}looked in {4}.*\n/)
    expect(stderr).toContain('Install Python 3 with pip')
    expect(installed(cache)).toEqual([])
  },
)

test('espalier engine install that is interrupted says so, ends with 130 and leaves nothing', async () => {
  const index = await startIndex()
  onTestFinished(() => index.close())
  index.pace = 'slow'
  const project = temporaryProject()
  const cache = join(project.folder, 'cache')
  const running = project.start(['engine', 'install'], { ...index.env, XDG_CACHE_HOME: cache })
  let said = ''
  running.child.stderr!.on('data', (text: string) => {
    said += text
  })
  while (!said.includes('Downloading the TensorFlow library (274 MB) …')) await sleep(50)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('The installation was interrupted; nothing was changed.')
  expect(installed(cache)).toEqual([])
})
