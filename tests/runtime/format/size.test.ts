import { expect, test } from 'vitest'
import { bytesIn } from '../../../runtime/format/size.ts'

test.each([
  ['0', 0],
  ['512', 512],
  ['500MB', 500e6],
  ['1.5 TB', 1.5e12],
  ['20g', 20e9],
  ['3k', 3000],
])('%s is %d bytes', (text, bytes) => expect(bytesIn(text)).toBe(bytes))

test.each(['', 'many', '-1GB', '1GiB', '1e9', '9'.repeat(30), '20GBs'])('%s is no size', (text) => expect(bytesIn(text)).toBeUndefined())
