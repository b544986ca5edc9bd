/**
 * `npm run implementations [-- --same-results]` writes down what our stages compute now. A change without a higher revision is only written
 * when the results are said to be the same to the bit.
 */
import { writeFileSync } from 'node:fs'
import { implementations, recorded, recordFile, unguarded } from './implementations.ts'

const now = implementations()
const open = unguarded(recorded(), now)
if (open.length > 0 && !process.argv.includes('--same-results')) {
  for (const { file, kinds } of open) console.error(`${file} computes something else, with ${kinds.join(', ')} at their old revisions.`)
  console.error(
    'Raise those that give other results in runtime/kinds/revisions.ts; when all are the same to the bit: npm run implementations -- --same-results',
  )
  process.exitCode = 1
} else {
  writeFileSync(recordFile, `${JSON.stringify(now, undefined, 2)}\n`)
  console.log(`Written: ${Object.keys(now.files).length} files.`)
}
