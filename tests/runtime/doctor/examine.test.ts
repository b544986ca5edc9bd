import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examine, room } from '../../../runtime/doctor/examine.ts'
import { tensorflowCpu } from '../../../runtime/engine/library.ts'
import { openStore } from '../../../runtime/store/open.ts'
import { sqlite } from '../../../runtime/store/sqlite/index-db.ts'
import type { Finding } from '../../../runtime/views/engine.ts'
import { a100, machine, pretendInstalled, saying } from '../engine/fake-gpus.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

const main = join(import.meta.dirname, '../../../runtime/cli/entry.ts')
const about = (findings: readonly Finding[], name: string) => findings.find((finding) => finding.about === name)!
const bare = async () => ({ store: { home: join(await temporaryFolder(), '.espalier') }, env: await machine() })

describe('the doctor', () => {
  it('advises to install the library where there is none, and finds nothing wrong', async () => {
    const findings = await examine(await bare())
    expect(findings.map(({ about }) => about)).toEqual(['Node', 'engine', 'GPU', 'store', 'disk of the store'])
    expect(about(findings, 'engine')).toMatchObject({ state: 'advice', todo: 'Run: espalier engine install' })
    expect(about(findings, 'engine').says).toMatch(/^portable 4\.22\.0 on .*passed its self-check.*The TensorFlow library is not installed/)
    expect(about(findings, 'GPU')).toEqual({ about: 'GPU', state: 'ok', says: 'none: there is no nvidia-smi on the PATH', todo: '' })
    expect(about(findings, 'store')).toMatchObject({ state: 'ok', says: expect.stringMatching(/none yet; the first run makes/) })
    expect(findings.filter(({ state }) => state === 'wrong')).toEqual([])
  })

  it('finds a damaged library wrong, with the command that repairs it', async () => {
    const { store, env } = await bare()
    pretendInstalled(env, tensorflowCpu, 0.5)
    expect(about(await examine({ store, env }), 'engine')).toMatchObject({
      state: 'wrong',
      says: expect.stringMatching(/libtensorflow_cc\.so\.2.*expected: 788086608 bytes/),
      todo: expect.stringContaining('espalier engine install'),
    })
  })

  it('advises about a broken driver and about a GPU that is not computed with', async () => {
    const { store } = await bare()
    const broken = await machine('echo "Driver/library version mismatch"; exit 18')
    expect(about(await examine({ store, env: broken }), 'GPU')).toMatchObject({
      state: 'advice',
      says: 'none that can be used: nvidia-smi failed: Driver/library version mismatch',
      todo: expect.stringContaining('nvidia-smi'),
    })
    const unused = await machine(saying(a100(0)))
    expect(about(await examine({ store, env: unused }), 'GPU')).toMatchObject({
      state: 'advice',
      says: expect.stringContaining('There is a GPU (NVIDIA A100-SXM4-40GB), but the CUDA build'),
      todo: expect.stringContaining('espalier engine install cuda'),
    })
  })

  it('counts what the store holds', async () => {
    const given = await bare()
    ;(await openStore(given.store)).close()
    expect(about(await examine(given), 'store')).toEqual({
      about: 'store',
      state: 'ok',
      says: `${given.store.home} holds 0 results`,
      todo: '',
    })
  })

  it('finds a store of a newer version, and one that is no store, wrong, and leaves both as they are', async () => {
    const given = await bare()
    ;(await openStore(given.store)).close()
    const { DatabaseSync } = sqlite()
    const db = new DatabaseSync(join(given.store.home, 'index.sqlite'))
    db.exec('PRAGMA user_version = 9999')
    db.close()
    expect(about(await examine(given), 'store')).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('written by a newer espalier'),
    })
    const other = await bare()
    mkdirSync(other.store.home)
    writeFileSync(join(other.store.home, 'index.sqlite'), 'not a database, and long enough to be looked at as one'.repeat(100))
    const finding = about(await examine(other), 'store')
    expect(finding.state).toBe('wrong')
    expect(finding.todo).not.toBe('')
  })

  it.each([
    [499e6, 'wrong'],
    [501e6, 'advice'],
    [5.1e9, 'ok'],
  ] as const)('%d free bytes are %s', (free, state) => {
    const finding = room('disk of the store', '/data', free)
    expect(finding.state).toBe(state)
    expect(finding.todo === '').toBe(state === 'ok')
  })
})

describe('espalier doctor', () => {
  const doctor = (env: NodeJS.ProcessEnv, ...args: readonly string[]) =>
    spawnSync(process.execPath, [main, 'doctor', ...args], { encoding: 'utf8', env })

  it('ends with 0 when runs will work, and lists each finding with what to do', async () => {
    const { store, env } = await bare()
    const { status, stdout } = doctor(env, '--store', store.home)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ok {6}Node: 24\./)
    expect(stdout).toMatch(/^advice {2}engine: portable .*\n {8}→ Run: espalier engine install$/m)
    expect(stdout).toMatch(/Runs will work here\.\n$/)
  })

  it('ends with 2 when something is wrong, and says so as JSON too', async () => {
    const { store, env } = await bare()
    pretendInstalled(env, tensorflowCpu, 0.5)
    const { status, stdout } = doctor(env, '--store', store.home, '--json')
    expect(status).toBe(2)
    const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] }
    expect(ok).toBe(false)
    expect(about(findings, 'engine').state).toBe('wrong')
  })
})
