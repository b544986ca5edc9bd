import { basename } from 'node:path'
import { expect, test } from 'vitest'
import type { CustomForm } from '../../../dsl/language/custom-data.ts'
import { customDataFile } from '../../../runtime/data/custom-data-files.ts'
import { isOwnName } from '../../../runtime/store/folder/own-names.ts'

const forms: readonly CustomForm[] = [
  { classes: 10 },
  { classes: 3, predicts: 'numbers' },
  { classes: 65, predicts: 'tokens', length: 128 },
]

test.each(forms)('the files of data() are recognised as the store’s own, so that gc can remove them: %o', (form) => {
  for (const extension of ['bin', 'json'] as const) {
    const name = basename(customDataFile('data', { fingerprint: '0123456789abcdef'.repeat(4), form }, extension))
    expect(isOwnName('data', name), name).toBe(true)
  }
  expect(isOwnName('data', 'mine-0123456789abcdef-notes.bin')).toBe(false)
})
