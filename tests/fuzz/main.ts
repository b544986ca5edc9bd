/** `npm run fuzz [-- NAME … --inputs 700 --seed 1]`: hostile inputs by the hundred; each must be taken, or end in a sentence. */
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'
import { fuzzers } from './fuzzers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    inputs: { type: 'string', default: '700' },
    seed: { type: 'string', default: '1' },
    sentences: { type: 'boolean', default: false },
  },
})
const unknown = positionals.find((name) => !fuzzers.some((fuzzer) => fuzzer.name === name))
if (unknown !== undefined) throw new Error(`no fuzzer ${unknown}; there are ${fuzzers.map(({ name }) => name).join(', ')}`)

for (const fuzzer of fuzzers) {
  if (positionals.length > 0 && !positionals.includes(fuzzer.name)) continue
  const sentences = new Map<string, number>()
  const { taken, refused, crashes } = await fuzz(fuzzer, {
    inputs: Number(values.inputs),
    seed: Number(values.seed),
    onEnding: ({ what, how }) => {
      if (how === 'refused') sentences.set(what, (sentences.get(what) ?? 0) + 1)
    },
  })
  if (values.sentences) for (const sentence of sentences.keys()) process.stdout.write(`  ${JSON.stringify(sentence)}\n`)
  for (const { seed, what } of crashes) process.stdout.write(`${fuzzer.name}: crash with --seed ${seed} --inputs 1\n${what}\n`)
  process.stdout.write(`${fuzzer.name}: ${taken} taken, ${refused} refused with ${sentences.size} sentences, ${crashes.length} crashes\n`)
  if (crashes.length > 0) process.exitCode = 1
}
