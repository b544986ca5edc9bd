/**
 * Lottery tickets: rounds of 20 % of each layer (10 % of the output layer), all weights and biases back to the first ones. Digits,
 * LeNet-300-100, Adam 1.2e-3 constant, batch 64, 20 epochs a round. After 3, 7 and 11 rounds 51 %, 21 % and 8.7 % are left. The early stop is the
 * lowest validation loss on a grid of 100 steps; accuracy is that of the end.
 */
import { adam, compare, digits, lenet300, lotteryArms, params, seeds, sweep, task } from 'espalier'

const { quick } = params({ quick: false })

export default seeds(quick ? 1 : 3, (seed) => {
  const { train } = task({
    model: lenet300(),
    data: digits(),
    optimizer: adam({ lr: 1.2e-3 }),
    epochs: quick ? 1 : 20,
    batch: 64,
    earlyStop: 100,
    seed,
  })
  return sweep({ rounds: [3, 7, 11] }, ({ rounds }) => compare(train().pipe(lotteryArms({ rounds }))))
})
