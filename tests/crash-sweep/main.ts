/** `npm run crash-sweep [-- --disturbances 100] [--seed 1] [--epochs 3]`: disturbs the command at random moments, and says whether all came out as undisturbed. */
import { parseArgs } from 'node:util'
import { study } from './study.ts'
import { sweep } from './sweep.ts'

const { values } = parseArgs({
  options: {
    disturbances: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    epochs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '4' },
  },
})
let done = 0
const began = performance.now()
console.log(`seed ${values.seed}`)
const { counts, plans, stages, faults } = await sweep({
  disturbances: Number(values.disturbances),
  seed: Number(values.seed),
  study: study(Number(values.epochs)),
  between: [0.3, Number(values.longest)],
  onDisturbance: ({ what, seconds }) => console.log(`${++done}/${values.disturbances}  ${what.padEnd(18)} after ${seconds.toFixed(2)} s`),
})
for (const fault of faults) console.error(fault)
const minutes = ((performance.now() - began) / 60_000).toFixed(1)
const counted = Object.entries(counts).map(([what, often]) => `${what} ${often}`)
console.log(
  `seed ${values.seed}: ${counted.join(', ')}, over ${plans} plans of ${stages} stages, in ${minutes} min: ${faults.length === 0 ? 'everything as undisturbed' : `${faults.length} faults`}.`,
)
process.exitCode = faults.length === 0 ? 0 : 1
