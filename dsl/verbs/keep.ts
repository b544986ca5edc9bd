import { inRange, optionsOf, problem, shown, whole } from '../check/checks.ts'
import type { Keep, Position } from '../graph/expr.ts'
import type { TrainOptions } from '../graph/stage-options.ts'

type Span = Pick<TrainOptions, 'epochs' | 'from' | 'fromStep'>

/** The option `keep` of train(), for a training from `from` to `epochs`. */
export const keepOf = (given: unknown, span: Span): Keep => {
  if (given === undefined) return {}
  if (typeof given !== 'object' || given === null || Array.isArray(given) || Object.hasOwn(given, 'init')) {
    throw problem(
      "keep names epochs to keep the weights of; 'init' is the name of the first weights.",
      { verb: 'train()', option: 'keep', value: shown(given) },
      'For example keep: { early: 2 } or keep: { early: { step: 500 } }.',
    )
  }
  return Object.fromEntries(
    Object.entries(given).map(([name, at]) => {
      const point: unknown = typeof at === 'object' && at !== null ? at : { epoch: at }
      return [name, positionOf('train()', `keep.${name}`, point, span)]
    }),
  )
}

/** `{ epoch }` or `{ step }`, inside a training. */
export const positionOf = (verb: string, option: string, given: unknown, { epochs, from, fromStep }: Span): Position => {
  const { epoch, step } = optionsOf(verb, given, ['epoch', 'step'])
  if (step !== undefined && epoch === undefined) {
    const first = fromStep ?? 0
    const after = whole(first + 1, 1e9, 'Count the steps from the start of the schedule.', `a whole number of steps after ${first}`)
    return { step: inRange(verb, `${option}.step`, step, after) }
  }
  const hint = `Take an epoch of the training, which goes from ${from} to ${epochs}.`
  return { epoch: inRange(verb, option, epoch, whole(from + 1, epochs, hint, `a whole epoch after ${from}, up to ${epochs}`)) }
}
