/** The TypeScript on pages of the documentation, as files. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** A block that begins with an import begins a file; one that does not continues the file above it on the page. */
export function snippets(page: string): readonly string[] {
  const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
  const files: string[] = []
  for (const code of blocks) {
    const above = code.startsWith('import ') ? undefined : files.pop()
    files.push(above === undefined ? code : `${above}\n${code}`)
  }
  return files
}

/** What the compiler says of them. */
export function compiled(files: { readonly [name: string]: string }): readonly string[] {
  const folder = mkdtempSync(join(import.meta.dirname, '.snippets-'))
  try {
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code)
    const options = { extends: '../../../tsconfig.json', files: Object.keys(files), include: [], exclude: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    return stdout.split('\n').filter((line) => /^\S+\(\d|^error/.test(line))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
