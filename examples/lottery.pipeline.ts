/**
 * Lottery tickets (Frankle & Carbin, 2019): a network pruned in rounds and put back to its first weights, beside the same mask on other
 * weights, on other weights with the same signs, other masks on the same weights, pruning at once, and fine-tuning.
 *
 * `--set scale=paper`: LeNet-300-100 on MNIST, Adam 1.2e-3, batches of 60, 20 % of each layer a round, other weights drawn three times for
 * each ticket. A round of 50,000 iterations is 55 epochs here, 50,380 steps: trainings end with an epoch, and the rate is constant. The early stop, the
 * curve that the paper is about, is read off the validation loss every 100 steps.
 */
import { adam, compare, digits, lenet300, lotteryArms, mnist, params, seeds, sweep, task } from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { data, epochs, batch, perRound, rounds, reinits, trials, earlyStop } = {
  demo: { data: digits(), epochs: 5, batch: 60, perRound: 0.5, rounds: [4], reinits: 1, trials: 2, earlyStop: 0 },
  paper: { data: mnist(), epochs: 55, batch: 60, perRound: 0.2, rounds: [3, 7, 9, 11, 15], reinits: 3, trials: 5, earlyStop: 100 },
  minimal: { data: digits(), epochs: 1, batch: 60, perRound: 0.5, rounds: [2], reinits: 2, trials: 1, earlyStop: 0 },
}[scale]

export default seeds(trials, (seed) => {
  const { train } = task({ model: lenet300(), data, optimizer: adam({ lr: 1.2e-3 }), epochs, batch, seed, earlyStop })
  return sweep({ rounds }, ({ rounds: count }) => compare(train().pipe(lotteryArms({ rounds: count, perRound, reinits, sameSign: true }))))
})
