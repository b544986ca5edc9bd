/** `espalier completion`: the script for a shell. */
import { readFileSync } from 'node:fs'
import { standardOutput } from '../../format/output.ts'
import type { Shell } from './shells.ts'

export async function completion({ shell }: { readonly shell: Shell }): Promise<void> {
  const folder = import.meta.url.endsWith('.ts') ? '.' : './completion'
  standardOutput.print(
    readFileSync(new URL(`${folder}/espalier.${shell}`, import.meta.url), 'utf8')
      .trimEnd()
      .split('\n'),
  )
}
