import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

describe('the linter keeps the arrows between the layers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-layers-'))
  beforeAll(() => cpSync(join(root, 'biome.json'), join(folder, 'biome.json')))
  afterAll(() => rmSync(folder, { recursive: true }))

  const lint = (file: string, imported: string): string => {
    const path = join(folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `import * as part from '${imported}'\n\nexport const it = part\n`)
    const { stdout, stderr } = spawnSync(join(root, 'node_modules/.bin/biome'), ['lint', '--vcs-enabled=false', file], {
      cwd: folder,
      encoding: 'utf8',
    })
    return stdout + stderr
  }

  test.each([
    ['dsl/a.ts', '../stdlib/engine.ts'],
    ['dsl/a.ts', '../runtime/problem.ts'],
    ['dsl/a.ts', 'effect/Effect'],
    ['dsl/a.ts', '@tensorflow/tfjs'],
    ['dsl/a.ts', 'node:fs'],
    ['stdlib/prune/a.ts', '../../runtime/problem.ts'],
    ['stdlib/prune/a.ts', 'node:fs'],
    ['stdlib/prune/a.ts', 'effect'],
    ['examples/a.pipeline.ts', '../stdlib/index.ts'],
  ])('%s may not import %s', (file, imported) => {
    expect(lint(file, imported)).toContain('noRestrictedImports')
  })

  test.each([
    ['dsl/a.ts', './b.ts'],
    ['stdlib/prune/a.ts', '../../dsl/stage.ts'],
    ['runtime/plan/a.ts', '../../stdlib/engine.ts'],
    ['examples/a.pipeline.ts', 'espalier'],
  ])('%s may import %s', (file, imported) => {
    expect(lint(file, imported)).not.toContain('noRestrictedImports')
  })
})

test('what a pipeline file imports is made of dsl/ and stdlib/ alone', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['stdlib/index.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
  })
  const foreign = Object.keys(metafile.inputs).filter((input) => !/^(dsl|stdlib)\//.test(input))
  const external = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  expect({ foreign, external }).toEqual({ foreign: [], external: [] })
})
