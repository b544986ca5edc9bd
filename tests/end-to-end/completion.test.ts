/** Completion as a person has it: real shells that load the script of `espalier completion`, and the Tab key. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Project } from './command.ts'
import { inShell, type Terminal } from './terminal.ts'

const study = `import { adam, digits, lenet300, params, seeds, sweep, task } from 'espalier'

const { scale } = params({ scale: ['demo', 'paper'] })
const { init } = task({ model: lenet300(), data: digits(), optimizer: adam({ lr: 1e-3 }), epochs: 1 })
export const fraction = seeds(2, (seed) => sweep({ sparsity: [0.5, 0.99] }, ({ sparsity }) => init({ seed }).prune(sparsity)))
export const helper = () => scale
`
let project: Project
const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0

beforeAll(async () => {
  project = new Project({ 'study.pipeline.ts': study, 'sub folder/other.pipeline.ts': study, 'notes.txt': '' })
  // As npm links it.
  const bin = join(project.folder, 'node_modules/.bin')
  mkdirSync(bin)
  project.write('node_modules/.bin/espalier', `#!/bin/sh\nexec ${project.commandLine([]).join(' ')} "$@"\n`)
  chmodSync(join(bin, 'espalier'), 0o755)
  expect(await project.espalier('run', 'study.pipeline.ts#fraction')).toMatchObject({ code: 0 })
})
afterAll(() => project.remove())

/** What the shell offers, or puts there itself where it is the only one. */
const lines: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['espalier pl', ['plan', 'plot']],
  ['espalier engine ', ['install', 'status']],
  ['espalier plan --no', ['--no-check']],
  ['espalier plan --device ', ['auto', 'cpu', 'gpu']],
  ['espalier run st', ['study.pipeline.ts']],
  ['espalier run study.pipeline.ts#', ['study.pipeline.ts#fraction']],
  ['espalier why study.pipeline.ts fraction/seed=0/sp', ['fraction/seed=0/sparsity=0.5/', 'fraction/seed=0/sparsity=0.99/']],
  ['espalier show last --arm seed=1/', ['seed=1/sparsity=0.5', 'seed=1/sparsity=0.99']],
  ['espalier logs fraction/seed=1/sparsity=0.99/p', ['fraction/seed=1/sparsity=0.99/prune']],
  ['espalier plot study.pipeline.ts --by ', ['seed', 'sparsity']],
  ['espalier run study.pipeline.ts --set scale=', ['scale=demo', 'scale=paper']],
]

const shell = (name: string, script: string, env: NodeJS.ProcessEnv = {}) => {
  const { stdout, stderr, status } = spawnSync(name, ['-c', script], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, stderr, offered: stdout.split('\n').filter((line) => line !== '') }
}
const path = () => ({ PATH: `${join(project.folder, 'node_modules/.bin')}:${process.env.PATH}` })
/** What stands before the word at the cursor's last sign that parts words, which bash leaves out of what it offers. */
const shownBy = (typed: string) => (candidate: string) => candidate.slice(typed.slice(typed.lastIndexOf(' ') + 1).search(/[^=]*$/))

test.each(lines)('bash: %s⇥', (typed, offered) => {
  const words = typed.split(' ')
  const script = `source <(espalier completion bash)
COMP_LINE=$1 COMP_POINT=\${#1}
_espalier espalier
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, '_', typed], {
    cwd: project.folder,
    encoding: 'utf8',
    env: { ...process.env, ...path() },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n').sort()).toEqual(offered.map(shownBy(words.join(' '))))
})

test.runIf(has('fish')).each(lines)('fish: %s⇥', (typed, offered) => {
  const { status, stderr, offered: said } = shell('fish', `espalier completion fish | source; complete -C '${typed}'`, path())
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(said.map((line) => line.split('\t')[0]).sort()).toEqual(offered)
})

/** Presses Tab, and has the shell print the line that it has then. */
async function tab(terminal: Terminal, typed: string, completed: string): Promise<void> {
  const mark = terminal.mark()
  terminal.type(`${typed}\t\u0018`)
  await terminal.says(`<${completed}>`, mark)
  terminal.type('\u0015')
}

/** Ctrl-X prints the line. */
const interactive = {
  bash: ['bash --norc -i', `bind -x '"\\C-x": printf "<%s>\\n" "$READLINE_LINE"'`],
  zsh: ['zsh -f -i', `autoload -Uz compinit; compinit -u; show() { print -r -- "<$BUFFER>" }; zle -N show; bindkey '^X' show`],
} as const

test.each((['bash', 'zsh'] as const).filter(has))(
  '%s in a terminal: the Tab key completes, also where espalier is a function that calls npx',
  async (name) => {
    const [call, setting] = interactive[name]
    const terminal = inShell(project, call)
    terminal.type(
      `${setting}; espalier() { npx espalier "$@"; }; source <(node_modules/.bin/espalier completion ${name}); PS1='rea''dy> '\r`,
    )
    await terminal.says('ready> ')
    await tab(terminal, 'espalier pla', 'espalier plan ')
    await tab(terminal, 'espalier run st', 'espalier run study.pipeline.ts ')
    await tab(terminal, 'espalier run study.pipeline.ts#', 'espalier run study.pipeline.ts#fraction ')
    await tab(terminal, 'espalier run study.pipeline.ts --set scale=p', 'espalier run study.pipeline.ts --set scale=paper ')
    await tab(terminal, 'espalier show fraction/seed=0/sparsity=0.5/p', 'espalier show fraction/seed=0/sparsity=0.5/prune ')
    await tab(terminal, 'espalier run sub', 'espalier run sub\\ folder/')
    terminal.type('exit\r')
    await terminal.ended
  },
)

/** Prints every module that is loaded, and whether a thread is started. */
const watched = `
import { registerHooks } from 'node:module'
import { writeSync } from 'node:fs'
registerHooks({ load: (url, context, next) => (writeSync(2, url + '\\n'), next(url, context)) })
process.on('worker', () => writeSync(2, 'thread\\n'))`
/** Bytes of the build's files that answer. */
function loadedFor(words: string): number {
  project.write('watched.mjs', watched)
  const { offered, stderr } = shell('sh', `node_modules/.bin/espalier complete ${words}`, { NODE_OPTIONS: '--import ./watched.mjs' })
  expect(offered).not.toEqual([])
  const loaded = stderr.trimEnd().split('\n')
  expect(loaded).not.toContain('thread')
  const files = loaded.filter((url) => url.includes('/espalier/dist/'))
  expect(files.length).toBeGreaterThan(3)
  return files.reduce((bytes, url) => bytes + statSync(new URL(url)).size, 0)
}

test.each([
  ['pl', 40_000],
  ['run st', 40_000],
  ['run study.pipeline.ts#', 40_000],
  ['run study.pipeline.ts --set ""', 40_000],
  // The store is opened.
  ['show last --arm seed', 600_000],
  ['logs fraction/', 600_000],
])('espalier %s⇥ loads little of Espalier: no command, no thread, nothing that computes', (words, most) => {
  expect(loadedFor(words)).toBeLessThan(most)
})

test('where there is nothing to offer, or no store, nothing is said', () => {
  for (const words of [
    'why none.pipeline.ts ""',
    'runs ""',
    'show --store /nowhere ""',
    'run a.ts b.ts ""',
    'run a.ts --nonsense=',
    'run a.ts --set ""',
  ])
    expect(shell('sh', `node_modules/.bin/espalier complete ${words}`)).toEqual({ status: 0, stderr: '', offered: [] })
})
