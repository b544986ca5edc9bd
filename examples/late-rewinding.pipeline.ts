/**
 * Late rewinding and linear mode connectivity (Frankle et al., 2019 and 2020): tickets rewound to the start, or to an early epoch; and
 * whether two copies of each, trained on the same data in other orders, end in places with no hill between them.
 *
 * `--set scale=paper`: ResNet-20 on all 50,000 training images of CIFAR-10, 160 epochs, 20 % a round over the network, rewound to step 500;
 * the line has 31 points. What is called validation there is read off the test images; nothing is chosen by it.
 */
import {
  type Arch,
  cifar10,
  compare,
  digits,
  flip,
  imp,
  lenet300,
  linearModeConnectivity,
  padCrop,
  params,
  resnet,
  seeds,
  sgd,
  step,
  type TaskOptions,
  task,
} from 'espalier'

const { scale } = params({ scale: ['demo', 'paper', 'minimal'] })
const { rounds, perRound, epochs, points, trials } = {
  demo: { rounds: 3, perRound: 0.5, epochs: 6, points: 5, trials: 2 },
  paper: { rounds: 10, perRound: 0.2, epochs: 160, points: 31, trials: 3 },
  minimal: { rounds: 1, perRound: 0.5, epochs: 2, points: 3, trials: 1 },
}[scale]
const early = { demo: { epoch: 1 }, paper: { step: 500 }, minimal: { epoch: 1 } }[scale]

const study = <A extends Arch>(setting: Omit<TaskOptions<A>, 'epochs' | 'seed'>) =>
  seeds(trials, (seed) => {
    const { init, train } = task({ ...setting, epochs, seed })
    const late = train().pipe(imp({ rounds, perRound, scope: 'global', rewindTo: early }))
    const start = train().pipe(imp({ rounds, perRound, scope: 'global' }))
    const line = linearModeConnectivity({ points, seeds: [2 * seed + 1, 2 * seed + 2] })
    return compare({
      dense: train(),
      ticket: start,
      lateTicket: late,
      denseLine: init().pipe(line),
      ticketLine: start.rewind().pipe(line),
      lateLine: late.rewind(early).pipe(line),
    })
  })

export default scale === 'paper'
  ? study({
      model: resnet(20),
      data: cifar10({ validation: 'test' }),
      augment: [padCrop(4), flip()],
      optimizer: sgd({ lr: step(0.1, { at: { epochs: [80, 120] } }), weightDecay: 1e-4 }),
      batch: 128,
    })
  : study({ model: lenet300(), data: digits(), optimizer: sgd({ lr: step(0.1) }) })
