/**
 * `npm run scale [-- --stages 100000 --workers 1000 --failures 1]`: runs a study on simulated workers, in simulated time, and says how long it takes,
 * what the database is asked, what is moved, and what the scheduler itself costs: docs/scale.md.
 */
import { parseArgs } from 'node:util'
import { simulate } from './simulation.ts'

const number = (standard: number) => ({ type: 'string', default: String(standard) }) as const
const options = { stages: number(100_000), workers: number(1000), failures: number(1), seed: number(1) }
const { stages, workers, failures, seed } = parseArgs({ options }).values
const result = await simulate({ stages: Number(stages), workers: Number(workers), failures: Number(failures), seed: Number(seed) })
console.log(JSON.stringify(result, null, 2))
