import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What a process that stands in a zone writes. */
const written = (zone: string, code: string): string => {
  const folder = join(import.meta.dirname, '../../../runtime/format')
  const script = `import { workInUtc } from '${folder}/time-zone.ts'
import { moment } from '${folder}/words.ts'
const at = Date.UTC(2026, 6, 1, 12)
${code}`
  const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], {
    env: { ...process.env, TZ: zone },
    encoding: 'utf8',
  })
  return stdout.trim()
}

test('who works in UTC still writes moments in the zone of the person who looks', () => {
  const code = 'workInUtc()\nworkInUtc()\nconsole.log(moment(at), new Date(at).getHours(), process.env.TZ, moment(at))'
  expect(written('Asia/Tokyo', code)).toBe('2026-07-01 21:00 12 UTC 2026-07-01 21:00')
  expect(written('America/New_York', code)).toBe('2026-07-01 08:00 12 UTC 2026-07-01 08:00')
})
