/** `npm run crash-sweep [-- --kills 100] [--epochs 3]`: kills the command at random moments, and says whether all came out as undisturbed. */
import { parseArgs } from 'node:util'
import { study } from './study.ts'
import { sweep } from './sweep.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    epochs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '4' },
  },
})
let done = 0
const began = performance.now()
const { kills, plans, stages, resumed, faults } = await sweep({
  kills: Number(values.kills),
  study: study(Number(values.epochs)),
  between: [0.3, Number(values.longest)],
  onKill: ({ what, afterSeconds }) => console.log(`${++done}/${values.kills}  ${what.padEnd(6)} after ${afterSeconds.toFixed(2)} s`),
})
for (const fault of faults) console.error(fault)
const minutes = ((performance.now() - began) / 60_000).toFixed(1)
console.log(
  `${kills.tree} kills of all processes and ${kills.worker} of a worker, over ${plans} plans of ${stages} stages (${resumed} times a stage continued from a checkpoint), in ${minutes} min: ${faults.length === 0 ? 'everything as undisturbed' : `${faults.length} faults`}.`,
)
process.exitCode = faults.length === 0 ? 0 : 1
