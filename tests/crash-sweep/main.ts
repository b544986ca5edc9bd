/** `npm run crash-sweep [-- --disturbances 100] [--seed 1] [--epochs 3]`: disturbs the command at random moments, and says whether all came out as undisturbed. */
import { parseArgs } from 'node:util'
import { study } from './study.ts'
import { sweep } from './sweep.ts'
import { toldSweep } from './told.ts'

const { values } = parseArgs({
  options: {
    disturbances: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    epochs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '4' },
  },
})
const { seed, disturbances: most } = values
await toldSweep({ seed, most }, async (told) => {
  const { counts, plans, stages, faults } = await sweep({
    disturbances: Number(most),
    seed: Number(seed),
    study: study(Number(values.epochs)),
    between: [0.3, Number(values.longest)],
    onDisturbance: ({ what, seconds }) => told(what, seconds),
  })
  return { counts, over: `${plans} plans of ${stages} stages`, wrong: faults }
})
