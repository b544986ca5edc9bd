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

/** Compiling with XLA takes most of it. Milliseconds. */
const patience = 240_000

const settings = [
  { engine: 'tensorflow', threads: 1, xla: false },
  { engine: 'tensorflow', threads: 2, xla: false },
  { engine: 'tensorflow', threads: 1, xla: true },
  { engine: 'tensorflow', threads: 2, xla: true },
  { engine: 'portable', threads: 1, xla: false },
] as const

describe('a training with batch norm, dropout and augmentation, continued in another process from a checkpoint', () => {
  it.each(settings)(
    'has the bytes of one that went on: $engine, $threads threads, XLA $xla',
    async (setting) => {
      const file = join(folder, `${setting.engine}-${setting.threads}-${setting.xla}`)
      const part = { ...setting, from: 0, save: 5, to: 12, file, astray: 0 }
      const whole = await digest(part)
      expect(whole).toMatch(/^[0-9a-f]{64}$/)
      expect(await digest({ ...part, from: 5 })).toBe(whole)
      // The random numbers count: those of other steps give other bytes.
      if (setting.engine === 'portable') expect(await digest({ ...part, from: 5, astray: 1 })).not.toBe(whole)
    },
    patience,
  )
})
