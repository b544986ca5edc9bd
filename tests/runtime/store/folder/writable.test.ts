import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { firstUnwritable } from '../../../../runtime/store/folder/writable.ts'
import { temporaryFolder } from '../temporary-store.ts'

const run = promisify(execFile)

test('a file that goes away while it is looked at can be written', async () => {
  const root = await temporaryFolder()
  await mkdir(join(root, 'objects'))
  await writeFile(join(root, 'index.sqlite'), '')
  const comesAndGoes = `const { rmSync, writeFileSync } = require('node:fs')
    const until = Date.now() + 1500
    while (Date.now() < until) { writeFileSync(process.argv[1], ''); rmSync(process.argv[1]) }`
  let running = true
  const other = run(process.execPath, ['-e', comesAndGoes, join(root, 'index.sqlite-wal')]).finally(() => (running = false))
  const found = new Set<string | undefined>()
  while (running) {
    for (let i = 0; i < 100; i++) found.add(firstUnwritable(root))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await other
  expect([...found]).toEqual([undefined])
})
