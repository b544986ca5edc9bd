import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as Command from 'effect/cli/Command'
import { fromCommand } from 'effect/cli/Completions'
import { expect, test } from 'vitest'
import { espalier as tree } from '../../../runtime/cli/commands.ts'

const main = join(import.meta.dirname, '../../../runtime/cli/entry.ts')
const espalier = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** Of the command that was meant, as far as it was found. */
const helpFor = ([first, ...rest]: readonly string[]): string =>
  `espalier ${first === 'plam' ? '' : first === 'engine' && rest[0] === 'install' ? 'engine install ' : `${first} `}--help`

test.each([
  [['run'], 'FILE is missing.'],
  [['run', 'a.ts', '--slotz', '3'], 'There is no flag --slotz. Did you mean --slots?'],
  [['run', 'a.ts', '--slots', '0'], "--slots must be a whole number from 1 to 1024, not '0'."],
  [['run', 'a.ts', '--threads', '1.5'], "--threads must be a whole number, not '1.5'."],
  [['run', 'a.ts', '--slots'], '--slots needs a value: a whole number.'],
  [['run', 'a.ts', '--slots', '1', '--slots', '2'], '--slots may be given once.'],
  [['plan', 'a.ts', '--load-timeout', '-1'], "--load-timeout must be a number of seconds, more than 0 and at most 2,000,000, not '-1'."],
  [['plan', 'a.ts', '--store', ''], '--store needs a value: the path of a folder, or an address.'],
  [['plan', 'a.ts', 'b.ts'], 'Too many arguments: b.ts.'],
  [['plam', 'a.ts'], "There is no command 'plam'. Did you mean plan?"],
  [['run', 'a.ts', '--device', 'tpu'], "--device must be auto, cpu or gpu, not 'tpu'."],
  [['engine', 'install', 'rocm'], "BUILD must be cpu or cuda, not 'rocm'."],
  [['engine', 'statsu'], "There is no command 'statsu'. Did you mean status?"],
])('%j is answered with one sentence and exit code 2', (args, sentence) => {
  expect(espalier(...args)).toEqual({
    status: 2,
    stdout: '',
    stderr: `${sentence}\nTo see what it takes: ${helpFor(args)}\n`,
  })
})

test('help is given when it is asked for, on stdout', () => {
  const { status, stdout, stderr } = espalier('run', '--help')
  expect(status).toBe(0)
  expect(stderr).toBe('')
  for (const flag of ['--store', '--slots', '--threads', '--json', '--load-timeout', '--checkpoint-every']) expect(stdout).toContain(flag)
})

/** What `--help` is printed from; Effect's types leave it out. */
interface Documented {
  buildHelpDoc(path: readonly string[]): { readonly examples: readonly Command.Command.Example[] }
}

/** The commands that do something, by the words they are called with. */
const commands = (command: Command.Command.Any, path: readonly string[]): (readonly [string, Command.Command.Any])[] => {
  const inside = command.subcommands.flatMap((group) => group.commands)
  return inside.length === 0 ? [[path.join(' '), command]] : inside.flatMap((each) => commands(each, [...path, each.name]))
}

test.each(commands(tree, []))('the examples of %s have flags and arguments that it takes', (words, command) => {
  const { examples } = (command as unknown as Documented).buildHelpDoc(['espalier', ...words.split(' ')])
  expect(examples.length).toBeGreaterThan(0)
  const described = words.split(' ').reduce((within, word) => within.subcommands.find(({ name }) => name === word)!, fromCommand(tree))
  for (const { command: line, description } of examples) {
    expect(description).not.toBe('')
    expect(line).toMatch(new RegExp(`^espalier ${words}( |$)`))
    // What the shell takes for itself is left out, and a text in quotes is one word.
    const left = (/^[^>]*/.exec(line)![0].match(/'[^']*'|\S+/g) ?? []).slice(1 + words.split(' ').length)
    const plain: string[] = []
    while (left.length > 0) {
      const word = left.shift()!
      if (!word.startsWith('--')) plain.push(word)
      else {
        const flag = described.flags.find(({ name }) => name === word.slice(2))
        expect(flag, `${line}: ${word}`).toBeDefined()
        if (flag!.type._tag !== 'Boolean') expect(left.shift(), line).toBeDefined()
      }
    }
    const most = described.arguments.length
    const least = described.arguments.filter(({ required }) => required).length
    expect(plain.length >= least && plain.length <= most, line).toBe(true)
  }
})

test('help names a page of the manual that is there', () => {
  const page = /\nMORE\n {2}(.+)\n$/.exec(espalier('run', '--help').stdout)![1]!
  expect(readFileSync(page, 'utf8')).toMatch(/^# Commands\n/)
})

test.each([
  ['run a.ts --csv --json', '--json and --csv'],
  ['plan a.ts --html --mermaid', '--mermaid and --html'],
  ['run a.ts -q --json', '--json and --quiet'],
  ['plot a.ts --json --out a.svg', '--json and --out'],
  ['plot a.ts --curve train/loss --layers', '--curve and --layers'],
])('espalier %s is refused: there is one output', (line, two) => {
  const { status, stdout, stderr } = espalier(...line.split(' '))
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^${two} cannot be combined.*\nUse only one of them\\.\n$`))
})

test('all works where nothing can be kept from one command to the next', () => {
  const env = { ...process.env, XDG_CACHE_HOME: '/dev/null', NODE_COMPILE_CACHE: undefined }
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8', env })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
