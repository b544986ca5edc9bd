/**
 * `espalier completion`: the script for a shell; and what that script asks at every Tab: it passes on the words up to the cursor and takes a
 * candidate a line.
 */
import { readFileSync } from 'node:fs'
import type * as Command from 'effect/cli/Command'
import { fromCommand } from 'effect/cli/Completions'
import { standardOutput } from '../../format/output.ts'
import { candidates } from './candidates.ts'
import type { Shell } from './shells.ts'

export async function completion({ shell }: { readonly shell: Shell }): Promise<void> {
  const folder = import.meta.url.endsWith('.ts') ? '.' : './completion'
  standardOutput.print(
    readFileSync(new URL(`${folder}/espalier.${shell}`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n'),
  )
}

/** Each with its description behind a tab. Whatever goes wrong, a shell has nothing to say about it. */
export async function complete(espalier: Command.Command.Any, words: readonly string[]): Promise<void> {
  const found = await candidates(fromCommand(espalier), words).catch(() => [])
  standardOutput.printTabbed(found.map(({ value, about }) => (about === '' ? [value] : [value, about])))
}
