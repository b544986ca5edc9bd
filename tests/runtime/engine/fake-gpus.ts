/** A machine with GPUs, as far as its driver's tool tells: a program called nvidia-smi in a folder of its own. */
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { LibraryPackage } from '../../../runtime/engine/library.ts'
import { filesIn, libraryFolder } from '../../../runtime/engine/locate.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

export const a100 = (index: number) =>
  `${index}, GPU-${index}aaaaaaa-0000-1111-2222-333333333333, NVIDIA A100-SXM4-40GB, 40960, 535.104.05, 8.0`
export const t4 = (index: number) => `${index}, GPU-${index}bbbbbbb-0000-1111-2222-333333333333, Tesla T4, 15360, 535.104.05, 7.5`

/** Nothing named, an empty cache, no Python; and a shell, which the fake tool is written for. */
export async function machine(nvidiaSmi?: string): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder()
  const env = { XDG_CACHE_HOME: join(folder, 'cache'), PATH: dirname(process.execPath) }
  if (nvidiaSmi === undefined) return env
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${nvidiaSmi}\n`)
  chmodSync(join(bin, 'nvidia-smi'), 0o755)
  return { ...env, PATH: `${bin}${delimiter}${env.PATH}` }
}

export const saying = (...lines: readonly string[]) => lines.map((line) => `echo '${line}'`).join('\n')

/** Files of the library's names and sizes, without content: enough to be found. */
export function pretendInstalled(env: NodeJS.ProcessEnv, library: LibraryPackage, share = 1): void {
  const folder = filesIn(libraryFolder(env, library), library)
  mkdirSync(folder, { recursive: true })
  for (const { name, bytes } of library.files) {
    writeFileSync(join(folder, name), '')
    truncateSync(join(folder, name), Math.floor(bytes * share))
  }
}
