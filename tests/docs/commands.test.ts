/** docs/commands.md has every command with every flag, and no others. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as Command from 'effect/cli/Command'
import { expect, test } from 'vitest'
import { espalier } from '../../runtime/cli/commands.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8')

/** Sections by their heading's words, capitals and brackets (what a command is given) left out. */
const sections = new Map(
  page
    .split(/^##+ /m)
    .slice(1)
    .map((text) => [/^[a-z ]+?(?=$| [A-Z[])/m.exec(text)?.[0] ?? text.split('\n')[0]!, text] as const),
)

/** Flags in the first column of a section's table. */
const tabled = (section: string): string[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
    .flatMap((line) => [...line.split(/(?<!\\)\|/)[1]!.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag!))
    .filter((flag) => flag !== 'no-xla')

const ofPlan = tabled(sections.get('Plan flags')!)
const documented = (section: string): string[] => [...tabled(section), ...(section.includes('(#plan-flags)') ? ofPlan : [])].sort()

/** The commands that do something, by the words they are called with. */
const commands = (command: Command.Command.Any, path: readonly string[]): (readonly [string, Command.Command.Any])[] => {
  const inside = command.subcommands.flatMap((group) => group.commands)
  return inside.length === 0 ? [[path.join(' '), command]] : inside.flatMap((each) => commands(each, [...path, each.name]))
}
const all = commands(espalier, [])

/** What `--help` is printed from; Effect's types leave it out. */
interface Documented {
  buildHelpDoc(path: readonly string[]): { readonly flags: readonly { readonly name: string }[] }
}

test('every command has a section, and every section a command', () => {
  expect(all.length).toBeGreaterThan(20)
  const headings = [...page.matchAll(/^### ([a-z ]+?)(?=$| [A-Z[])/gm)].map(([, words]) => words!)
  expect(headings.sort()).toEqual(all.map(([words]) => words).sort())
})

test.each(all)('%s: its flags are those of the page', (words, command) => {
  const { flags } = (command as unknown as Documented).buildHelpDoc(['espalier', ...words.split(' ')])
  expect(documented(sections.get(words)!)).toEqual(flags.map(({ name }) => name).sort())
})
