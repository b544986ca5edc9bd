/** Tickets in four rounds of half of each layer (a quarter of the output layer), 8 epochs each; otherwise as `lottery.pipeline.ts`. */
import { adam, compare, digits, lenet300, lotteryArms, params, seeds, task } from 'espalier'

const { quick } = params({ quick: false })

export default seeds(quick ? 1 : 5, (seed) => {
  const { train } = task({
    model: lenet300(),
    data: digits(),
    optimizer: adam({ lr: 1.2e-3 }),
    epochs: quick ? 1 : 8,
    batch: 64,
    earlyStop: 100,
    seed,
  })
  return compare(train().pipe(lotteryArms({ rounds: 4, perRound: 0.5 })))
})
