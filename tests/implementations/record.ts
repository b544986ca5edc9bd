/**
 * `npm run implementations [-- --same-results[=kind,kind]]` writes down what our stages compute now. A change without a higher revision of
 * every kind that computes with it is only written when the results of the others (all, or those named) are said to be the same to the bit.
 */
import { writeFileSync } from 'node:fs'
import { implementations, recorded, recordFile, unguarded } from './implementations.ts'

const now = implementations()
const said = process.argv.find((argument) => argument.startsWith('--same-results'))
const named = said?.split('=')[1]?.split(',')
const open = unguarded(recorded(), now)
  .map(({ file, kinds }) => ({ file, kinds: kinds.filter((kind) => said === undefined || (named !== undefined && !named.includes(kind))) }))
  .filter(({ kinds }) => kinds.length > 0)
if (open.length > 0) {
  for (const { file, kinds } of open) console.error(`${file} computes something else, with ${kinds.join(', ')} at their old revisions.`)
  console.error(
    'Raise those that give other results in runtime/kinds/kinds.ts; of those that are the same to the bit: npm run implementations -- --same-results=kind,kind',
  )
  process.exitCode = 1
} else {
  writeFileSync(recordFile, `${JSON.stringify(now, undefined, 2)}\n`)
  console.log(`Written: ${Object.keys(now.files).length} files.`)
}
