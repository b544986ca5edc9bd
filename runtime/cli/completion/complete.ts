/**
 * What the scripts of `espalier completion` ask at every Tab: they pass on the words up to the cursor and take a candidate a line. A person
 * waits for it, so the commands are read as the build wrote them down, and neither they nor what they are made with is loaded.
 */
import { readFileSync } from 'node:fs'
import type { CommandDescriptor } from 'effect/cli/Completions'
import { standardOutput } from '../../format/output.ts'
import { candidates } from './candidates.ts'

/** Each with its description behind a tab. After an error there are none: a shell has no place to show one. */
export async function complete(words: readonly string[]): Promise<void> {
  const program = JSON.parse(readFileSync(new URL('./completion/commands.json', import.meta.url), 'utf8')) as CommandDescriptor // written by scripts/build.mjs
  const found = await candidates(program, words).catch(() => [])
  standardOutput.printTabbed(found.map(({ value, about }) => (about === '' ? [value] : [value, about])))
}
