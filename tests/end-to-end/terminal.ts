/** The command in a pseudo-terminal, as a person has it: util-linux's `script` makes one and passes on what is typed. */
import { spawn } from 'node:child_process'
import type { Project } from './command.ts'

export interface Terminal {
  /** Where the output stands now. */
  mark(): number
  /** Resolves when it stands in the output behind `mark`, escape sequences left out. */
  says(text: string | RegExp, mark?: number): Promise<void>
  type(keys: string): void
  /** All of it, as the terminal got it. */
  written(): string
  /** Exit code of the command. */
  readonly ended: Promise<number>
  /** Hangs up. */
  end(): void
}

const patience = 100_000

export const inTerminal = (project: Project, args: readonly string[]): Terminal => terminal(project, typed(project, args))

/** A shell with job control. */
export const inShell = (project: Project, shell = 'bash --norc -i'): Terminal => terminal(project, shell)

/** The command as it is typed. */
export const typed = (project: Project, args: readonly string[]): string =>
  project
    .commandLine(args)
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
    .join(' ')

function terminal(project: Project, command: string): Terminal {
  const { CI: _ci, ...env } = process.env
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    cwd: project.folder,
    env: { ...env, TERM: 'xterm', COLUMNS: '120', LINES: '40' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let [raw, written] = ['', '']
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    written += text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    for (const listener of listeners) listener()
  })
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  return {
    mark: () => written.length,
    says: (text, mark = 0) =>
      new Promise((resolve, reject) => {
        const stop = (settle: () => void) => {
          clearTimeout(timer)
          listeners.delete(look)
          settle()
        }
        const look = () => {
          const behind = written.slice(mark)
          if (typeof text === 'string' ? behind.includes(text) : text.test(behind)) stop(resolve)
        }
        const failed = (why: string) => stop(() => reject(new Error(`${why} ${text}:\n${written.slice(-3000)}`)))
        const timer = setTimeout(() => failed('it never said'), patience)
        listeners.add(look)
        void ended.then(() => failed('it ended without saying'))
        look()
      }),
    written: () => raw,
    type: (keys) => child.stdin.write(keys),
    ended,
    end: () => child.kill('SIGHUP'),
  }
}
