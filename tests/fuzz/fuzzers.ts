import { dataFiles } from './data.ts'
import type { Fuzzer } from './fuzzer.ts'
import { pipelines } from './pipelines.ts'

/** By the names that `npm run fuzz` takes. */
export const fuzzers: readonly Fuzzer[] = [dataFiles as Fuzzer, pipelines as Fuzzer] // each is given what its own arbitrary draws
