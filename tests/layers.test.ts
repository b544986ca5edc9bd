import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Which rules are broken by these files, and by which of them. */
const refused = (files: Record<string, string>): { from: string; rule: string }[] => {
  const folder = mkdtempSync(join(tmpdir(), 'espalier-layers-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        `--import=${join(root, 'scripts/typescript-5.9.mjs')}`,
        join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'),
        ...['--config', join(root, 'layers.mjs'), '--output-type', 'json', '.'],
      ],
      { cwd: folder, encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } }
    return summary.violations.map(({ from, rule }) => ({ from, rule: rule.name }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const below = (folder: string): string => `${folder} stands above it in layers.mjs or beside it`

describe('the check keeps the arrows between layers and between folders', () => {
  const empty = 'export {}\n'
  const cases: [file: string, imported: string, rule: string | undefined][] = [
    ['dsl/parts/up.ts', '../verbs/it.ts', below('dsl/parts')],
    ['dsl/verbs/down.ts', '../parts/it.ts', undefined],
    ['dsl/check/stdlib.ts', '../../stdlib/engine.ts', 'dsl/ imports dsl/ alone'],
    ['dsl/check/runtime.ts', '../../runtime/problem.ts', 'dsl/ imports dsl/ alone'],
    ['dsl/check/effect.ts', 'effect/Effect', 'dsl/ imports dsl/ alone'],
    ['dsl/check/tfjs.ts', '@tensorflow/tfjs', 'dsl/ imports dsl/ alone'],
    ['dsl/check/node.ts', 'node:fs', 'dsl/ imports dsl/ alone'],
    ['stdlib/prune/runtime.ts', '../../runtime/problem.ts', 'stdlib/ imports dsl/, stdlib/ and types of tfjs'],
    ['stdlib/prune/node.ts', 'node:fs', 'stdlib/ imports dsl/, stdlib/ and types of tfjs'],
    ['stdlib/prune/effect.ts', 'effect', 'stdlib/ imports dsl/, stdlib/ and types of tfjs'],
    ['stdlib/prune/itself.ts', 'espalier', 'stdlib/ imports dsl/, stdlib/ and types of tfjs'],
    ['stdlib/prune/dsl.ts', '../../dsl/index.ts', undefined],
    ['stdlib/prune/tfjs.ts', '@tensorflow/tfjs', undefined],
    ['stdlib/data/up.ts', '../augment/it.ts', below('stdlib/data')],
    ['stdlib/augment/down.ts', '../data/it.ts', undefined],
    ['runtime/store/up.ts', '../data/it.ts', below('runtime/store')],
    ['runtime/store/beside.ts', '../engine/it.ts', below('runtime/store')],
    ['runtime/data/down.ts', '../store/it.ts', undefined],
    ['runtime/data/stdlib.ts', '../../stdlib/engine.ts', undefined],
    ['runtime/data/node.ts', 'node:fs', undefined],
    ['runtime/problem.ts', './cli/it.ts', below('runtime/problem.ts')],
    ['runtime/fresh/it.ts', '../problem.ts', 'not listed in layers.mjs'],
    ['examples/own.ts', '../stdlib/index.ts', 'examples import what a user can: espalier'],
    ['examples/it.ts', 'espalier', undefined],
  ]
  const imported = [
    'dsl/verbs',
    'dsl/parts',
    'stdlib/augment',
    'stdlib/data',
    'runtime/data',
    'runtime/engine',
    'runtime/store',
    'runtime/cli',
  ]
  const seen = refused({
    ...Object.fromEntries(
      [...imported.map((folder) => `${folder}/it.ts`), 'dsl/index.ts', 'stdlib/index.ts', 'stdlib/engine.ts'].map((file) => [file, empty]),
    ),
    ...Object.fromEntries(cases.map(([file, from]) => [file, `export * from '${from}'\n`])),
  })

  test.each(cases)('%s importing %s: %s', (file, _, rule) => {
    const rules = seen.filter(({ from }) => from === file).map(({ rule }) => rule)
    if (rule === undefined) expect(rules).toEqual([])
    else expect(rules).toContain(rule)
  })
})

test('a cycle of files is found, and one of folders: types alone are enough', () => {
  const uses = (from: string): string => `import type { It as Other } from '${from}'\nexport type It = Other\n`
  expect(
    refused({
      'runtime/data/a.ts': uses('./b.ts'),
      'runtime/data/b.ts': uses('./a.ts'),
      'runtime/engine/one/a.ts': uses('../two/b.ts'),
      'runtime/engine/one/b.ts': 'export type It = 1\n',
      'runtime/engine/two/b.ts': uses('../one/b.ts'),
    }),
  ).toEqual([
    { from: 'runtime/data/a.ts', rule: 'no cycle of files' },
    { from: 'runtime/engine/one', rule: 'no cycle of folders' },
    { from: 'runtime/engine/two', rule: 'no cycle of folders' },
  ])
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
