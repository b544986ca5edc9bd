/** `npm run cluster-sweep [-- --faults 200] [--seed 1]`: disturbs a study on four workers at random moments, and says whether all came out as undisturbed. */
import { parseArgs } from 'node:util'
import { study } from '../crash-sweep/study.ts'
import { toldSweep } from '../crash-sweep/told.ts'
import { sweep } from './sweep.ts'

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    epochs: { type: 'string', default: '3' },
    longest: { type: 'string', default: '4' },
    minute: { type: 'string', default: '15' },
  },
})
const { seed, faults: most } = values
await toldSweep({ seed, most }, async (told) => {
  const { counts, studies, stages, wrong } = await sweep({
    faults: Number(most),
    seed: Number(seed),
    study: study(Number(values.epochs)),
    between: [0.3, Number(values.longest)],
    minute: Number(values.minute),
    onFault: told,
  })
  return { counts, over: `${studies} studies of ${stages} stages`, wrong }
})
