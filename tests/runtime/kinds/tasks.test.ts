/** Texts and numbers, through a worker's steps, on both engines: pruned, rewound, taught. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { adam, bnConv, compare, csv, ensemble, lstm, rigl, task, text } from '../../../stdlib/index.ts'
import { Stream } from '../../../stdlib/random/stream.ts'
import { fileFolder, graphOf, runIn } from '../execution/running.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const rest = { optimizer: adam({ lr: 2e-2 }), epochs: 2, batch: 16 }
const [book, table] = [join(fileFolder, 'book.txt'), join(fileFolder, 'table.csv')]
const random = new Stream(1, 'data', 0)
// Two letters in a row of the alphabet, or one that is drawn.
let letter = 0
const letters = Array.from({ length: 1200 }, () => {
  letter = random.uniform() < 0.8 ? (letter + 1) % 8 : random.below(8)
  return 'abcdefgh'[letter]!
})
writeFileSync(book, letters.join(''))
const rows = Array.from({ length: 300 }, () => Array.from({ length: 64 }, () => random.uniform()))
const names = [...Array.from({ length: 64 }, (_, i) => `x${i}`), 'price', 'tax']
writeFileSync(table, [names, ...rows.map((row) => [...row, 100 + 50 * row[0]!, row[1]! - row[2]!])].map((row) => row.join(',')).join('\n'))

const language = (units: number) =>
  task({ model: lstm([units], { vocabulary: 9, embedding: 4 }), data: text({ from: book, length: 8, vocabulary: 9 }), ...rest })
const [small, large] = [language(6), language(12)]
const numbers = csv({ from: table, targets: ['price', 'tax'], input: [8, 8, 1] })
const regression = task({ model: bnConv([4, 4], { classes: 2 }), data: numbers, ...rest })
const two = ensemble(2, (seed) => large.train({ seed }))

const study = compare({
  taught: small.init().distill(two),
  rewound: small.train().prune(0.5).rewind().train(),
  regrown: small.init().pipe(rigl({ sparsity: 0.5, every: 5 })),
  numbersFedBack: regression.init().dpf(0.5, { every: 5 }),
})

test('the portable engine comes to what the library comes to, and nothing is worse than knowing nothing', {
  timeout: 480_000,
}, async () => {
  const on = async (engine: 'portable' | 'tensorflow') => {
    const store = await temporaryStore()
    const ran = await runIn(store, graphOf(study), { engine: { engine, xla: false } })
    expect(ran.events.filter(({ event }) => event === 'stage-failed')).toEqual([])
    for (const event of ran.events) {
      if (event.event !== 'stage-done' || event.kind !== 'train') continue
      const found = await store.results.find(event.key)
      expect(found.found === 'sound' && found.result.numerics?.engine).toBe(engine)
    }
    return new Map(ran.end.results.map(({ path, metrics }) => [path, metrics]))
  }
  const [portable, tensorflow] = [await on('portable'), await on('tensorflow')]
  expect([...portable.keys()]).toEqual([...tensorflow.keys()])
  for (const [arm, metrics] of tensorflow) {
    expect(Object.keys(portable.get(arm)!)).toEqual(Object.keys(metrics))
    for (const [name, value] of Object.entries(metrics)) expect([arm, name, Number.isFinite(value)]).toEqual([arm, name, true])
    expect([arm, Math.abs(portable.get(arm)!['test/loss']! - metrics['test/loss']!) < 0.005]).toEqual([arm, true])
    // Of nine equally likely tokens, and of the mean of the training examples.
    if ('test/perplexity' in metrics) expect([arm, metrics['test/perplexity']! < 9]).toEqual([arm, true])
    else expect([arm, metrics['test/r2']! > -0.5]).toEqual([arm, true])
  }
  for (const arm of ['rewound', 'regrown', 'numbersFedBack'])
    expect([arm, tensorflow.get(arm)!.sparsity]).toEqual([arm, expect.closeTo(0.5, 2)])
  // The student of two says what they say more than one that never met them.
  expect(tensorflow.get('taught')!['test/teacher-kl']).toBeLessThan(0.5)
})
