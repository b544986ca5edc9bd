import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('equal keys are equal results, alone and together, over random programs: npm run programs for more of them', async () => {
  const main = join(import.meta.dirname, 'main.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', main, '60', '1'])
  const seen = JSON.parse(stdout) as { readonly [what: string]: number }
  // Where nothing is refused, or no key comes twice, nothing has been shown.
  expect(seen.kept).toBeGreaterThan(40)
  expect(seen.equalKeys).toBeGreaterThan(10)
  expect(seen.refusedAfter).toBeGreaterThan(5)
}, 120_000)
