import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Output } from '../../../runtime/format/output.ts'
import type { RunEvent } from '../../../runtime/run-event.ts'
import { liveRenderer } from '../../../runtime/terminal/live.ts'
import { began, done, ended, failed, progress, result, start } from './events.ts'
import { Screen } from './screen.ts'

const frame = 120

test('running stages stay below, finished ones scroll by above, each once', async () => {
  const screen = new Screen(100, 24)
  const view = liveRenderer(new Output(() => screen, { colour: true }))
  for (const event of [start(3), began('a/train'), began('b/train')]) view.onEvent(event)
  await sleep(frame)
  expect(screen.shown.map((line) => line.trim().split('  ')[0])).toEqual([
    'a.pipeline.ts · 3 stages · 2 × 1 thread',
    'a/train',
    'b/train',
    expect.stringMatching(/^░/),
  ])
  view.onEvent(ended('a/train', { 'validation/accuracy': 0.9512 }))
  view.onEvent(progress('b/train', 400))
  await sleep(frame)
  view.onEvent(progress('b/train', 600))
  await sleep(frame)
  expect(screen.shown.slice(0, 2)).toEqual(['a.pipeline.ts · 3 stages · 2 × 1 thread', '✓ a/train  validation accuracy 95.12 %  12 s'])
  expect(screen.shown[2]).toMatch(/b\/train .* epoch 7\/10/)
  expect(screen.shown).toHaveLength(4)
  view.close()
})

test('at the end only what happened stands there: failures with their problem, the table, the counts, and no digests', async () => {
  const screen = new Screen(100, 24)
  const view = liveRenderer(new Output(() => screen, { colour: false }))
  const stages = { total: 3, hit: 1, run: 1, resumed: 0, failed: 1, skipped: 0 }
  const results = [result('dense', undefined, { 'test/accuracy': 0.95 })]
  for (const event of [start(3), began('b/train'), failed('b/train'), done({ ok: false, stages, results })]) view.onEvent(event)
  view.close()
  const text = screen.shown.join('\n')
  expect(text).toContain('✗ b/train\n  The loss is not finite.\n    step  12\n  Lower the learning rate.')
  expect(text).toMatch(/dense +95\.00/)
  expect(text).not.toContain('cdcdcd')
  expect(screen.shown.at(-2)).toBe('3 stages · 1 hit · 1 run · 1 failed · 1 min 15 s')
  expect(screen.shown.at(-1)).toBe('The same command tries again what failed and goes on; nothing that is done is repeated.')
  expect(screen.writes.join('')).not.toContain('█')
})

test('the cursor is hidden while it runs and shown again when it is closed', () => {
  const screen = new Screen(80, 24)
  const view = liveRenderer(new Output(() => screen, { colour: true }))
  view.onEvent(start(1))
  expect(screen.cursorShown).toBe(false)
  view.close()
  expect(screen.cursorShown).toBe(true)
})

test('a thousand events in a moment are a handful of frames', async () => {
  const screen = new Screen(80, 24)
  const view = liveRenderer(new Output(() => screen, { colour: true }))
  view.onEvent(start(1000))
  for (let i = 0; i < 500; i++) for (const event of [began(`s${i}`), ended(`s${i}`)]) view.onEvent(event)
  await sleep(frame)
  view.close()
  expect(screen.writes.length).toBeLessThan(8)
  expect(screen.shown.filter((line) => line.startsWith('✓'))).toHaveLength(500)
})

test('colours are left out where they are not wanted', () => {
  const coloured = (colour: boolean) => {
    const screen = new Screen(80, 24)
    const view = liveRenderer(new Output(() => screen, { colour }))
    for (const event of [start(1), began('a'), ended('a')]) view.onEvent(event)
    view.close()
    return screen.writes.join('').includes('\u001b[32m')
  }
  expect([coloured(true), coloured(false)]).toEqual([true, false])
})

test('on a terminal of another size all that can be seen is drawn again, from where it now begins', async () => {
  const writes: string[] = []
  const output = { columns: 100, rows: 24, write: (text: string) => writes.push(text) }
  const view = liveRenderer(new Output(() => output, { colour: false }))
  view.onEvent(start(2))
  view.onEvent(began('a/train'))
  for (let i = 0; i < 4; i++) view.onEvent(ended(`b${i}/train`))
  view.onEvent(progress('a/train', 100))
  await sleep(frame)
  const lines = writes
    .at(-1)!
    .replaceAll(/\p{Cc}\[\d*[KJA]|\r/gu, '')
    .split('\n')
    .slice(0, -1)
  output.columns = 40
  view.onEvent(progress('a/train', 200))
  await sleep(frame)
  // Each old line takes as many rows as it is wrapped to.
  const wrapped = lines.reduce((sum, line) => sum + Math.ceil(line.length / 40), 0)
  expect(wrapped).toBeGreaterThan(lines.length)
  expect(writes.at(-1)).toMatch(new RegExp(`^\\p{Cc}\\[${wrapped}A\\r\\p{Cc}\\[2Ka\\.pipeline\\.ts`, 'u'))
  output.rows = 6
  await sleep(frame)
  // Of six rows the frame has two, and the cursor is in the last.
  expect(writes.at(-1)).toMatch(/^\p{Cc}\[5A\r\p{Cc}\[2K✓ b1/u)
  view.close()
})

test('an interruption tells which stages stopped where, and that the same command continues', () => {
  const screen = new Screen(100, 24)
  const view = liveRenderer(new Output(() => screen, { colour: false }))
  const stages = { total: 5, hit: 1, run: 1, resumed: 0, failed: 0, skipped: 0 }
  const events: RunEvent[] = [
    start(5),
    began('a/train'),
    { event: 'stage-stopped', path: 'a/train', step: 120, steps: 1000 },
    done({ ok: false, interrupted: true, stages }),
  ]
  for (const event of events) view.onEvent(event)
  view.close()
  expect(screen.shown.slice(-2)).toEqual([
    'Interrupted with 3 stages to go. The same command continues where it stopped.',
    '  a/train stopped at step 120/1000, kept in a checkpoint',
  ])
})

test('what comes from outside cannot command the terminal: the only escapes are those of the view', () => {
  const screen = new Screen(80, 24)
  const view = liveRenderer(new Output(() => screen, { colour: true }))
  const hostile = 'a\u001b[2J\u009b31m\u0007\n\u202eb'
  for (const event of [start(1), began(hostile), failed(hostile), done({ ok: false })]) view.onEvent(event)
  view.note([hostile])
  view.prompt(hostile)
  view.close()
  const text = screen.writes.join('')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the view's own
  expect(text.replaceAll(/\u001b\[(\d*[AJKm]|\?25[hl])/g, '')).not.toMatch(/[^\P{Cc}\n\r]|\u202e/u)
  expect(text).not.toContain('[2J\u009b')
  expect(screen.shown).toContain('a�[2J�31m���b')
})
