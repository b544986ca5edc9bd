import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { Output, printingAside } from '../../../runtime/format/output.ts'
import { printable } from '../../../runtime/format/printable.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

function written(use: (output: Output) => void, colour = true): string {
  const texts: string[] = []
  use(new Output(() => ({ write: (text: string) => texts.push(text) }), { colour }))
  return texts.join('')
}

test.each([
  ['an escape', '\u001b[31m'],
  ['the title of a terminal', '\u001b]0;x\u0007'],
  ['a link', '\u001b]8;;https://example.org\u001b\\'],
  ['a control of eight bits', '\u009b2J'],
  ['the end of a line', '\n'],
  ['its beginning', '\r'],
  ['a step back', '\b'],
  ['delete', '\u007f'],
  ['NUL', '\0'],
  ['the other direction', '\u202e'],
  ['an isolate', '\u2066'],
  ['a mark of direction', '\u200f'],
  ['a line separator', '\u2028'],
  ['no width', '\u200b'],
  ['a joiner where nothing joins', 'a\u200d'],
  ['a byte order mark', '\ufeff'],
  ['a soft hyphen', '\u00ad'],
  ['a tag', '\u{e0041}'],
  ['half a character', '\ud83c'],
])('%s is shown as �, not obeyed', (_, sign) => {
  expect(printable(`a${sign}b`)).toContain('�')
  expect(printable(`a${sign}b`)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
})

test('what people write stays as it is: scripts, accents, emoji, joined ones too', () => {
  const words = ['剪定', 'קיצוץ', 'تقليم', 'छँटाई', 'نمی\u200cخواهم', 'क्\u200dष', 'e\u0301', '👩‍🔬', '1️⃣', '🌳', 'a\u00a0b', '½ ± ∞ → │']
  expect(words.map(printable)).toEqual(words)
})

test('a tab is spaces, so that cells stay below each other', () => {
  expect(printable('a\tb')).toBe('a    b')
})

test('a line is one line, and its colours are ours', () => {
  const line = ['a\n', { text: 'b\u001b[0m', colour: 31 }] as const
  expect(written((output) => output.print([line, 'c\nd']))).toBe('a�\u001b[31mb�[0m\u001b[0m\nc�d\n')
  expect(written((output) => output.print([line]), false)).toBe('a�b�[0m\n')
})

test('what others print keeps its lines and nothing else', () => {
  expect(written((output) => output.passOn('a\r\nb\u001b[2J\u0007c\n'))).toBe('a\nb�[2J�c\n')
})

test('lines that are drawn over are made printable too', () => {
  expect(written((output) => output.redraw(2, ['a\u001b[9A']))).toBe('\u001b[2A\ra�[9A\u001b[K\n\u001b[J')
  expect(written((output) => output.overwrite('a\u001b[9A'))).toBe('\ra�[9A\u001b[K')
})

test('what code of the user prints in this process goes aside, made printable', async () => {
  const { write } = process.stderr
  const texts: unknown[] = []
  process.stderr.write = (text: unknown) => texts.push(text) > 0
  try {
    await printingAside(async () => {
      process.stdout.write('out\u001b[2J\n')
      process.stderr.write(Buffer.from('err\u0007\n'))
    })
  } finally {
    process.stderr.write = write
  }
  expect(texts.join('')).toBe('out�[2J\nerr�\n')
})

const writing =
  /\bprocess\s*\??\.\s*(stdout|stderr|_rawDebug)|\bconsole\s*\.|node:console|\/dev\/(tty|std)|writeSync\(\s*[12]\b|\\u001b|\\x1b|\\u009b/

test('nothing else writes to the terminal, and nothing else makes escape sequences', () => {
  const files = ['dsl', 'stdlib', 'runtime'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  )
  const found = files.filter((file) => writing.test(readFileSync(join(root, file), 'utf8')))
  expect(files.length).toBeGreaterThan(300)
  // One takes a function of the console away from a library, one knows the keys of a terminal; they print nothing.
  expect(found.sort()).toEqual(['runtime/engine/portable/memory.ts', 'runtime/format/output.ts', 'runtime/watch/keyboard.ts'])
})

test.each([
  ['a terminal', true, 1000, '\rChecking …\u001b[K', '\r\u001b[K'],
  ['a pipe', false, 10_000, 'Checking …\n', ''],
])('work that takes long is named on %s, and work that does not is not', async (_, isTTY, milliseconds, said, after) => {
  vi.useFakeTimers()
  vi.stubEnv('CI', '')
  vi.stubEnv('TERM', 'xterm')
  try {
    const texts: string[] = []
    const output = new Output(() => ({ write: (text: string) => texts.push(text), isTTY }))
    const lasting = (time: number) => output.meanwhile('Checking …', () => new Promise<number>((done) => setTimeout(() => done(7), time)))
    const short = lasting(milliseconds - 1)
    await vi.advanceTimersByTimeAsync(milliseconds)
    expect(await short).toBe(7)
    expect(texts).toEqual([])
    const long = lasting(milliseconds + 1)
    await vi.advanceTimersByTimeAsync(milliseconds)
    expect(texts.join('')).toBe(said)
    await vi.advanceTimersByTimeAsync(1)
    await long
    expect(texts.join('')).toBe(said + after)
    await expect(output.meanwhile('Checking …', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    output.onlyProblems = true
    const quiet = lasting(milliseconds + 1)
    await vi.advanceTimersByTimeAsync(milliseconds + 1)
    expect(await quiet).toBe(7)
    expect(texts.join('')).toBe(said + after)
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  }
})
