/** `espalier data`: which data sets are here, and fetching one. */
import { knownData } from '../data/known.ts'
import { standardError } from '../format/output.ts'
import { bytes } from '../format/words.ts'
import { exitCodes } from './exit.ts'
import type { Asked } from './skin-flags.ts'
import { show } from './skins.ts'

export async function list(asked: Asked): Promise<number> {
  show(asked, 'data-sets', { data: await knownData() })
  return exitCodes.done
}

export async function fetch({
  repository,
  revision,
}: {
  readonly repository: string
  readonly revision: string | undefined
}): Promise<number> {
  const { fetchFromHub } = await import('../data/fetch.ts')
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  let last = ''
  const fetched = await fetchFromHub(repository, { revision, signal: controller.signal }, ({ file, bytes: done, total }) => {
    if (standardError.isTerminal) standardError.overwrite(`${file}  ${bytes(done)} of ${bytes(total)}`, { kept: done === total })
    else if (file !== last) standardError.print([`${file} (${bytes(total)}) …`])
    last = file
  }).catch((cause: unknown) => {
    if (controller.signal.aborted) process.exitCode = exitCodes.interrupted
    throw cause
  })
  const { folder, files, already } = fetched
  standardError.print([
    `${repository}: ${files} file${files === 1 ? '' : 's'}, ${bytes(fetched.bytes)}, ${already} of them already there, in ${folder}.`,
  ])
  return exitCodes.done
}
