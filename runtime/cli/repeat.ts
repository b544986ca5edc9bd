/** The commands that run a study again, for recipients of a report. */
import { version } from './version.ts'

interface Repeated {
  /** Relative to the project. */
  readonly file: string
  readonly target: string
  readonly set: readonly string[]
}

export function repeatCommands({ file, target, set }: Repeated): readonly string[] {
  const named = target === 'default' ? file : `${file}#${target}`
  const parameters = set.map((each) => ` --set ${quoted(each)}`).join('')
  return [`npm install --save-exact espalier@${version}`, `npx espalier run ${quoted(named)}${parameters}`]
}

/** Quoted as one word for a shell. */
const quoted = (word: string): string => (/^[\w./=:,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
