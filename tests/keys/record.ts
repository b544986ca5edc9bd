/** `npm run keys` writes the keys of the examples and studies down as they are now. */
import { writeFileSync } from 'node:fs'
import { keysOf, pipelines, recordFile } from './keys.ts'

const found: { [pipeline: string]: { readonly [path: string]: string } } = {}
for (const [file, set] of pipelines) found[`${file} ${set}`] = await keysOf(file, set)
writeFileSync(recordFile, `${JSON.stringify(found, undefined, 2)}\n`)
const count = Object.values(found).reduce((sum, keys) => sum + Object.keys(keys).length, 0)
console.log(`Written: ${count} keys of ${pipelines.length} pipelines.`)
