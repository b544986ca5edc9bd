import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '../../../..')
const library = pathToFileURL(join(root, 'stdlib/index.ts')).href

/** First lines of a file that can train; what follows starts on line 3. */
export const head = `import { adam, compare, digits, lenet300, task } from '${library}'
const { train } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 2 })
`

/** A folder with these files, gone when the test is done. */
export function folderOf(files: { readonly [name: string]: string }): string {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

export function fileOf(text: string, name = 'a.pipeline.ts'): string {
  return join(folderOf({ [name]: text }), name)
}

/** A second copy of the library, as a project has that installed its own. */
export function ownCopy(folder: string): string {
  for (const part of ['dsl', 'stdlib']) cpSync(join(root, part), join(folder, part), { recursive: true })
  return pathToFileURL(join(folder, 'stdlib/index.ts')).href
}
