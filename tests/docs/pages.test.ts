/** What README and the pages of docs/ show: TypeScript, Python, commands. docs/language.md, whose examples share a beginning, has a test of its own. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as Command from 'effect/cli/Command'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { espalier } from '../../runtime/cli/commands.ts'
import { Project } from '../end-to-end/command.ts'
import { npyFile, npzFile } from '../runtime/data/sources/npy-file.ts'
import { compiled, root, snippets } from './snippets.ts'

let project: Project
beforeAll(() => {
  project = new Project()
  project.write('train.npz', arrays())
})
afterAll(() => project.remove())

const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/language.md'] }).toSorted()

test('their TypeScript compiles', () => {
  const files = pages.flatMap((page) => snippets(page).map((code, i) => [`${page.replaceAll(/\W/g, '-')}-${i}.ts`, code] as const))
  expect(files.length).toBeGreaterThan(20)
  expect(compiled(Object.fromEntries(files))).toEqual([])
})

test('their Python parses', ({ skip }) => {
  const blocks = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => code!),
  )
  expect(blocks.length).toBeGreaterThan(5)
  const wrong = blocks.flatMap((input) => {
    const { error, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input, encoding: 'utf8' })
    if (error !== undefined) skip('There is no Python')
    return stderr === '' ? [] : [stderr]
  })
  expect(wrong).toEqual([])
})

/** What `--help` is printed from; Effect's types leave it out. */
interface Documented {
  buildHelpDoc(path: readonly string[]): { readonly flags: readonly { readonly name: string }[] }
}

/** The command that words begin with, and what is left of them. */
function commandOf(words: readonly string[], command: Command.Command.Any = espalier): Command.Command.Any | undefined {
  const inside = command.subcommands.flatMap((group) => group.commands)
  return inside.length === 0
    ? command
    : inside.flatMap((each) => (each.name === words[0] ? [commandOf(words.slice(1), each)] : [])).find((found) => found !== undefined)
}

test('their commands exist, with the flags that they show', () => {
  const lines = pages.flatMap((page) => [
    ...readFileSync(join(root, page), 'utf8').matchAll(/(?:^|`)(?:npx )?espalier ([a-z][^`\n#]*)(?:`|#|$)/gm),
  ])
  expect(lines.length).toBeGreaterThan(50)
  const wrong = lines.flatMap(([, line = '']) => {
    const command = commandOf(line.split(' '))
    if (command === undefined) return [line]
    const { flags } = (command as unknown as Documented).buildHelpDoc(['espalier'])
    const known = flags.map(({ name }) => name)
    return [...line.matchAll(/--([a-z-]+)/g)].filter(([, flag]) => !known.includes(flag!)).map(([flag]) => `${line}: ${flag}`)
  })
  expect(wrong).toEqual([])
})

/** Pages whose first file trains for seconds. */
test.each(['own-criterion', 'own-loss', 'own-layer', 'own-method', 'bring-data'])('how-to/%s: what it shows first runs', async (page) => {
  project.write(`${page}.pipeline.ts`, snippets(`docs/how-to/${page}.md`)[0]!)
  const { code, stdout, stderr } = await project.espalier('run', `${page}.pipeline.ts`, '--quiet')
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toContain('test accuracy %')
})

/** As the page makes them with NumPy: 200 images of two classes. */
function arrays(): Buffer {
  const labels = Array.from({ length: 200 }, (_, i) => i % 2)
  const images = labels.flatMap((label) => Array.from({ length: 144 }, (_, i) => (label * 100 + 7 * i) % 256))
  return npzFile({ 'x.npy': npyFile([200, 12, 12, 1], images, { type: '|u1' }), 'y.npy': npyFile([200], labels, { type: '<i8' }) })
}
