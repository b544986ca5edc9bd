/**
 * Words that a native reader stumbles over, in pages, messages, comments and names: old-fashioned ones, riddles, and names of ours that were
 * given up. A new finding is rewritten, not excepted.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

const instead: { readonly [word: string]: string } = {
  'albeit|howbeit': 'although',
  'amidst|amongst|betwixt': 'among, between',
  anew: 'again, or re-…: recompute, rebuild',
  'befall\\w*|befell|betide\\w*': 'happen to',
  'behold|beheld|yonder': 'see, there',
  'comes? to pass|came to pass': 'happen',
  'ere|erst|erstwhile': 'before, former',
  'for ever|evermore|nevermore': 'forever, never again',
  'forthwith|straightway|anon': 'at once',
  'hence|thence|whence|henceforth|thenceforth': 'so, from there',
  'here(?:in|of|to|tofore|unto|upon|with)': 'this',
  'hither(?:to)?|thither|whither': 'so far, there, where',
  'in the course of an?': 'during',
  'in vain|to no avail': 'for nothing',
  'it is told|is told of': 'is reported, gets',
  'lest|perchance|mayhap|peradventure': 'so that not, perhaps',
  likeness: 'similarity',
  'mends?|mended|mending': 'repair, fix',
  'n[ao]ught': 'nothing',
  'oftentimes|ofttimes|oft': 'often',
  'strangers?': 'unexpected, foreign, unauthorised',
  'there(?:by|in|of|to|unto|upon|with)': 'it, that',
  'thrice|twain': 'three times, two',
  'thus(?:ly)?|ergo': 'so',
  unheard: 'unread',
  'upon|unto': 'on, to',
  'where(?:fore|in|of|to|upon|with)': 'which, why',
  whilst: 'while',
}
/** The one place where such words are to stand. */
const here = 'tests/docs/words.test.ts'

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs', '*.md', '*.py'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && file !== here)

test.each(Object.entries(instead))('%s: write %s', (words) => {
  const pattern = new RegExp(`(?<![\\w-])(?:${words})(?![\\w-])`, 'i')
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  )
  expect(found).toEqual([])
})
