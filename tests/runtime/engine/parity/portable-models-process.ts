/** One step of every network on the portable engine: numbers into the files FOLDER/NAME.f64, their names on standard output; run as a process by the tests. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openEngine } from '../../../../runtime/engine/open.ts'
import { flat, modelCases, prepare } from './model-step.ts'

const [folder] = process.argv.slice(2)
const engine = await openEngine({ engine: 'portable', threads: 1 })
const said: { [name: string]: readonly (readonly [string, number])[] } = {}
for (const test of modelCases) {
  const { names, numbers } = flat(await prepare(engine, test).step())
  writeFileSync(join(folder!, `${test.name}.f64`), numbers)
  said[test.name] = names
}
console.log(JSON.stringify(said))
