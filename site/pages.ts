/**
 * The site's pages, in one folder: those of docs/ where they stand there, the repository's own (README and others), and every example. Their
 * text is as it was written; links.ts has what becomes of links.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { referencePages } from './reference/write.ts'
import { root } from './root.ts'

/** Pages that are outside docs/, with their files in the repository. */
const outside: { readonly [page: string]: string } = {
  'index.md': 'README.md',
  'contributing.md': 'CONTRIBUTING.md',
  'security.md': 'SECURITY.md',
  'changelog.md': 'CHANGELOG.md',
  'examples/index.md': 'examples/',
}

/** Where a file or folder of the repository is on the site, if it is. @param file relative to the repository's root */
export function pageOf(file: string): string | undefined {
  const [page] = Object.entries(outside).find(([, one]) => one.replace(/\/$/, '') === file.replace(/\/$/, '')) ?? []
  if (page !== undefined) return page
  if (file.startsWith('docs/')) return file.slice('docs/'.length)
  return /^examples\/[^/]+\.pipeline\.ts$/.test(file) ? `examples/${basename(file, '.ts')}.md` : undefined
}

/** The file that a page is written in, relative to the repository's root. */
export const fileOf = (page: string): string => outside[page] ?? `docs/${page}`

/** The comment at the head of a file, as text. */
const headComment = (code: string): string => (/^\/\*\*(.*?)\*\//s.exec(code)?.[1] ?? '').replaceAll(/^[ \t]*\*? ?/gm, '').trim()

/** Writes all pages into a folder, in place of what was there. */
export function writePages(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'docs'), folder, { recursive: true })
  cpSync(join(root, 'runtime/page/icon.svg'), join(folder, 'public/icon.svg'))
  const write = (page: string, text: string) => {
    mkdirSync(dirname(join(folder, page)), { recursive: true })
    writeFileSync(join(folder, page), text)
  }
  for (const [page, file] of Object.entries(outside)) if (file.endsWith('.md')) write(page, readFileSync(join(root, file), 'utf8'))
  writeExamples(write)
  for (const [page, text] of referencePages()) write(`reference/${page}`, text)
}

function writeExamples(write: (page: string, text: string) => void): void {
  const lines = globSync('examples/*.pipeline.ts', { cwd: root })
    .toSorted()
    .map((file) => {
      const code = readFileSync(join(root, file), 'utf8')
      const [name, page] = [basename(file), pageOf(file)!]
      write(page, `# ${name}\n\n\`\`\`ts\n${code}\`\`\`\n`)
      return `- [${name}](/${page}): ${headComment(code).split('\n\n')[0]!.replaceAll('\n', ' ')}`
    })
  write('examples/index.md', `# Examples\n\n\`espalier run examples/FILE\` runs one.\n\n${lines.join('\n')}\n`)
}
