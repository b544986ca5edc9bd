/** docs/importing.md against what it tells of. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { kerasKinds } from '../../runtime/interop/keras/kinds.ts'
import { operators } from '../../runtime/interop/onnx/read/operators/registry.ts'
import { root } from './snippets.ts'

const page = readFileSync(join(root, 'docs/importing.md'), 'utf8')

/** The names of a list in the page, after its first word and up to a full stop. */
const listed = (begins: string): string[] =>
  (new RegExp(`^${begins}: ([^.;]*)`, 'm').exec(page)?.[1] ?? '').replaceAll(/\s*\([^)]*\)/g, '').split(/,\s+/)

test('it lists the operators and layers that are translated', () => {
  expect(listed('Operators')).toEqual(Object.keys(operators).toSorted())
  expect(listed('Layers').filter((kind) => kind !== 'InputLayer')).toEqual(Object.keys(kerasKinds).toSorted())
})
