import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openPortable } from '../../../../runtime/engine/portable/engine.ts'
import { networkNames, train } from './networks.ts'

const digestOfProcess = async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('digest-process.ts', import.meta.url))])
  return stdout.trim()
}

describe('training on the portable engine', () => {
  it('gives the same bits run after run', async () => {
    const engine = await openPortable()
    for (const name of networkNames) {
      expect(await train(engine, name, 5)).toEqual(await train(engine, name, 5))
    }
  })

  it('gives the same bits in every process', async () => {
    const digest = await digestOfProcess()
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(await digestOfProcess()).toBe(digest)
  })
})
