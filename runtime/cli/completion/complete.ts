/**
 * Answers the scripts of `espalier completion` at every Tab: they pass the words up to the cursor, and read one candidate per line. To be
 * fast, it reads the command tree that the build has written instead of loading the commands and the library that defines them.
 */
import { readFileSync } from 'node:fs'
import type { CommandDescriptor } from 'effect/cli/Completions'
import { standardOutput } from '../../format/output.ts'
import { candidates } from './candidates.ts'

/** Prints each candidate, with its description after a tab. Errors give no candidates: a shell has no place to show them. */
export async function complete(words: readonly string[]): Promise<void> {
  const program = JSON.parse(readFileSync(new URL('./completion/commands.json', import.meta.url), 'utf8')) as CommandDescriptor // written by scripts/build.mjs
  const found = await candidates(program, words).catch(() => [])
  standardOutput.printTabbed(found.map(({ value, about }) => (about === '' ? [value] : [value, about])))
}
