import { expect, test } from 'vitest'
import { quietRenderer } from '../../../runtime/terminal/quiet.ts'
import { began, done, ended, failed, hit, progress, start } from './events.ts'

test('only what went wrong is said, and the end is shown once', () => {
  const said: string[] = []
  const shown: unknown[] = []
  const renderer = quietRenderer({ complain: (lines) => said.push(...lines), show: (end) => shown.push(end) })
  for (const event of [start(3), hit('a'), began('b'), progress('b', 5), ended('b'), failed('c'), done()]) renderer.onEvent(event)
  renderer.note(['a line'])
  expect(said).toEqual(['c failed. The loss is not finite.', '  step  12', 'Lower the learning rate.'])
  expect(shown).toEqual([done()])
})
