import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import type { Part } from './resume-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'espalier-resume-'))
afterAll(() => rmSync(folder, { recursive: true }))

const script = fileURLToPath(new URL('resume-process.ts', import.meta.url))
async function digest(part: Part): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(part)])
  return stdout.trim()
}

const [steps, stop] = [12, 5]
const settings = [
  { engine: 'tensorflow', threads: 1, xla: false },
  { engine: 'tensorflow', threads: 2, xla: false },
  { engine: 'tensorflow', threads: 1, xla: true },
  { engine: 'tensorflow', threads: 2, xla: true },
  { engine: 'portable', threads: 1, xla: false },
] as const

describe('a training with batch norm, dropout and augmentation, continued in another process from a checkpoint', () => {
  it.each(settings)('has the bytes of one that was never stopped: $engine, $threads threads, XLA $xla', async (setting) => {
    const file = (name: string) => join(folder, `${setting.engine}-${setting.threads}-${setting.xla}-${name}`)
    const part = { ...setting, from: 0, to: steps, file: file('whole'), astray: 0 }
    const [whole, first] = await Promise.all([digest(part), digest({ ...part, to: stop, file: file('stopped') })])
    const second = await digest({ ...part, from: stop, file: file('stopped') })
    expect(whole).toMatch(/^[0-9a-f]{64}$/)
    expect(first).not.toBe(whole)
    expect(second).toBe(whole)
  })

  it('has others when its random numbers are not those of its steps', async () => {
    const part = { ...settings[0], from: 0, to: stop, file: join(folder, 'astray'), astray: 0 }
    await digest(part)
    const [right, wrong] = await Promise.all([0, 1].map((astray) => digest({ ...part, from: stop, to: steps, astray })))
    expect(right).not.toBe(wrong)
  })
})
