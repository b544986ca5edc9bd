import { inRange, problem, shown } from './checks.ts'
import type { Keep } from './expr.ts'
import type { TrainOptions } from './stage.ts'

/** What a user may give as train()'s `keep`, for a training that goes on from `from` to `epochs`. */
export const keepOf = (given: unknown, { epochs, from }: TrainOptions): Keep => {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.hasOwn(given, 'init')) {
    throw problem(
      "keep names epochs to keep the weights of; 'init' is the name of the first weights.",
      [
        ['verb', 'train()'],
        ['option', 'keep'],
        ['value', shown(given)],
      ],
      'For example keep: { early: 2 }.',
    )
  }
  const range = {
    says: `a whole epoch after ${from}, up to ${epochs}`,
    has: (epoch: number) => Number.isInteger(epoch) && epoch > from && epoch <= epochs,
    hint: `Keep an epoch of this training, which goes from ${from} to ${epochs}.`,
  }
  return Object.fromEntries(Object.entries(given).map(([name, epoch]) => [name, inRange('train()', `keep.${name}`, epoch, range)]))
}
