/** docs/importing.md against what it tells of. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kerasKinds } from '../../runtime/interop/keras/kinds.ts'
import { operators } from '../../runtime/interop/onnx/read/operators/registry.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/importing.md'), 'utf8')

test('its examples compile', () => {
  const folder = mkdtempSync(join(import.meta.dirname, '.importing-'))
  try {
    const files = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], i) => {
      writeFileSync(join(folder, `example-${i}.pipeline.ts`), code)
      return `example-${i}.pipeline.ts`
    })
    expect(files.length).toBeGreaterThan(0)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', files, include: [], exclude: [] }))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    expect(stdout.split('\n').filter((line) => /^(example-|error)/.test(line))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The names of a list in the page, after its first word and up to a full stop. */
const listed = (begins: string): string[] =>
  (new RegExp(`^${begins}: ([^.;]*)`, 'm').exec(page)?.[1] ?? '').replaceAll(/\s*\([^)]*\)/g, '').split(/,\s+/)

test('it lists the operators and layers that are translated', () => {
  expect(listed('Operators')).toEqual(Object.keys(operators).toSorted())
  expect(listed('Layers').filter((kind) => kind !== 'InputLayer')).toEqual(Object.keys(kerasKinds).toSorted())
})
