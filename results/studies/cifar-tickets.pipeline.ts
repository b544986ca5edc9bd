/**
 * Tickets of ResNet-8 on the first 10,000 images of CIFAR-10, from the first weights and from the end of the first epoch: three rounds of 40 % over the
 * network (21.6 % are left), SGD 0.1 in steps, weight decay 1e-4, batch 128, 8 epochs, crops and flips. Each beside other first weights and its
 * holes elsewhere; and the line between two copies of each, trained on the data in other orders, at 11 points.
 */
import { cifar10, compare, flip, imp, linearModeConnectivity, lotteryArms, padCrop, params, resnet, seeds, sgd, step, task } from 'espalier'

const { quick } = params({ quick: false })
const epochs = quick ? 2 : 8
const ticket = { rounds: quick ? 1 : 3, perRound: 0.4, scope: 'global' } as const

export default seeds(quick ? 1 : 3, (seed) => {
  const { init, train } = task({
    model: resnet(8),
    data: cifar10({ train: quick ? 1_000 : 10_000 }),
    augment: [padCrop(4), flip()],
    optimizer: sgd({ lr: step(0.1), weightDecay: 1e-4 }),
    epochs,
    batch: 128,
    seed,
  })
  const line = linearModeConnectivity({ points: quick ? 3 : 11, seeds: [2 * seed + 1, 2 * seed + 2] })
  const first = train().pipe(lotteryArms({ ...ticket, finetuneAt: ['own'] }))
  const late = train().pipe(lotteryArms({ ...ticket, rewindTo: { epoch: 1 }, finetuneAt: [] }))
  return compare({
    dense: first.dense,
    first: compare({ ...first, line: train().pipe(imp(ticket)).rewind().pipe(line) }),
    late: compare({
      ...late,
      line: train()
        .pipe(imp({ ...ticket, rewindTo: { epoch: 1 } }))
        .rewind({ epoch: 1 })
        .pipe(line),
    }),
    denseLine: init().pipe(line),
  })
})
