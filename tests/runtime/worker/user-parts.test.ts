import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../store/temporary-store.ts'

const library = pathToFileURL(join(import.meta.dirname, '../../../stdlib/index.ts')).href
const text = (gives: string) => `import { digits, lenet300, params, sgd, stage, task } from '${library}'
globalThis.copies = (globalThis.copies ?? 0) + 1
const { by } = params({ by: 1 })
const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 1 })
export default train().pipe(stage('own', () => ${gives}))
`

test('a warm worker never runs an old function for a new one: the file is imported again for what it does not know, and for nothing else', async () => {
  const folder = await temporaryFolder()
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'user-parts-process.ts'),
    join(folder, 'a.pipeline.ts'),
    join(folder, '.espalier'),
    folder,
    text('10 * by'),
    text('20 * by'),
    `// Only a comment.\n${text('20 * by')}`,
    text('30 * by'),
  ])
  const { answers, gone, copies } = JSON.parse(stdout) as { answers: number[][]; gone: string; copies: number }
  expect(answers).toEqual([[30], [30, 60], [30, 60, 60], [30, 60, 60, 90]])
  expect(gone).toBe('function: The file changed since it was planned: one of your functions is not in it any more as it was.')
  // Three texts that mean something else, and once more for what was not there.
  expect(copies).toBe(4)
}, 120_000)
