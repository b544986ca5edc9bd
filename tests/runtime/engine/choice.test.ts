import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseEngine } from '../../../runtime/engine/choice.ts'
import { tensorflowCpu } from '../../../runtime/engine/library.ts'
import { libraryFolder } from '../../../runtime/engine/locate.ts'
import { numericsOf } from '../../../runtime/engine/numerics.ts'
import { openEngine } from '../../../runtime/engine/open.ts'
import { temporaryFolder } from '../store/temporary-store.ts'

/** Nothing named, an empty cache, no Python. */
const bare = async (): Promise<NodeJS.ProcessEnv> => ({ XDG_CACHE_HOME: await temporaryFolder(), PATH: dirname(process.execPath) })

/** Files of the library's names and the given share of its sizes, without content. */
function library(folder: string, share = 1): string {
  mkdirSync(folder, { recursive: true })
  for (const { name, bytes } of tensorflowCpu.files) {
    writeFileSync(join(folder, name), '')
    truncateSync(join(folder, name), Math.floor(bytes * share))
  }
  return folder
}

describe('auto', () => {
  it('takes the library that is installed', async () => {
    const env = await bare()
    library(libraryFolder(env))
    expect(await chooseEngine({ engine: 'auto', xla: false }, env)).toEqual({
      settings: { engine: 'tensorflow', xla: false },
      gpus: [],
      warning: undefined,
      problem: undefined,
    })
  })

  it('takes the portable engine where there is none, naming where it looked', async () => {
    const env = await bare()
    const { settings, warning, problem } = await chooseEngine({ engine: 'auto', xla: false }, env)
    expect({ settings, problem }).toEqual({ settings: { engine: 'portable', xla: false }, problem: undefined })
    expect(warning!.title).toContain(libraryFolder(env))
    expect(warning!.title).not.toContain('\n')
    expect(warning!.hint).toBe('Run: espalier engine install')
  })

  it.each([
    ['damaged', 'damaged', (folder: string) => library(folder, 0.5)],
    ['not in the folder that was named', 'not-installed', (folder: string) => folder],
  ] as const)('does not compute around a library that is %s', async (_, kind, prepare) => {
    const env = { ...(await bare()), ESPALIER_TENSORFLOW: prepare(await temporaryFolder()) }
    const { settings, warning, problem } = await chooseEngine({ engine: 'auto', xla: false }, env)
    expect({ settings, warning }).toEqual({ settings: { engine: 'tensorflow', xla: false }, warning: undefined })
    expect(problem).toMatchObject({ kind })
  })
})

it('portable does not even look for the library', async () => {
  const env = { ESPALIER_TENSORFLOW: library(await temporaryFolder(), 0.5) }
  expect(await chooseEngine({ engine: 'portable', xla: false }, env)).toEqual({
    settings: { engine: 'portable', xla: false },
    gpus: [],
    warning: undefined,
    problem: undefined,
  })
})

it.each(['tensorflow', 'portable'] as const)('what %s computes with is known before it is opened', async (engine) => {
  expect((await openEngine({ engine, threads: 2 })).numerics).toEqual(numericsOf({ engine, xla: false }, 2))
})

describe('XLA', () => {
  it('is of the library: without one it is an error, not another engine', async () => {
    expect(await chooseEngine({ engine: 'auto', xla: true }, await bare())).toMatchObject({
      settings: { engine: 'tensorflow', xla: true },
      warning: undefined,
      problem: { kind: 'not-installed' },
    })
  })

  it('cannot be had with the portable engine', async () => {
    await expect(chooseEngine({ engine: 'portable', xla: true })).rejects.toThrow('The portable engine does not support XLA.')
  })
})
