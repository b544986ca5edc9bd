/** `npm run cluster-sweep [-- --faults 200] [--seed 1]`: disturbs a study on four workers at random moments, and says whether all came out as undisturbed. */
import { parseArgs } from 'node:util'
import { study } from '../crash-sweep/study.ts'
import { sweep } from './sweep.ts'

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    epochs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '4' },
  },
})
let done = 0
const began = performance.now()
console.log(`seed ${values.seed}`)
const { counts, studies, stages, wrong } = await sweep({
  faults: Number(values.faults),
  seed: Number(values.seed),
  study: study(Number(values.epochs)),
  between: [0.3, Number(values.longest)],
  onFault: (what, seconds) => console.log(`${++done}/${values.faults}  ${what.padEnd(32)} after ${seconds.toFixed(2)} s`),
})
for (const each of wrong) console.error(each)
const minutes = ((performance.now() - began) / 60_000).toFixed(1)
const counted = Object.entries(counts).map(([what, often]) => `${what} ${often}`)
console.log(
  `seed ${values.seed}: ${counted.join(', ')}, over ${studies} studies of ${stages} stages, in ${minutes} min: ${wrong.length === 0 ? 'everything as undisturbed' : `${wrong.length} faults`}.`,
)
process.exitCode = wrong.length === 0 ? 0 : 1
