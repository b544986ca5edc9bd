/** Whether the predictions of two networks have the same meaning, which the number of outputs does not show. */
import { canonical } from '../check/canonical.ts'
import { problem } from '../check/checks.ts'
import type { DataSpec } from '../parts/data.ts'
import type { Setting } from './facts.ts'

type Predicting = Pick<Setting, 'data' | 'predicts'>

/** @param pair both under their roles: `{ student, teacher }` @throws PipelineProblem for networks whose predictions cannot be compared */
export const refuseOtherMeaning = (verb: string, pair: { readonly [who: string]: Predicting }): void => {
  const [one, other] = Object.values(pair) as [Predicting, Predicting]
  const whose = (of: Predicting): string => `${of.predicts ?? 'classes'} of ${of.data.name}`
  const facts = { verb, ...Object.fromEntries(Object.entries(pair).map(([who, of]) => [who, whose(of)])) }
  if (one.predicts !== other.predicts) {
    throw problem(
      `${verb} was given networks that predict different things: ${one.predicts ?? 'classes'} and ${other.predicts ?? 'classes'}.`,
      facts,
      'Train both for the same task.',
    )
  }
  if (one.predicts === undefined || (isFixed(one.data) && isFixed(other.data)) || same(one.data, other.data)) return
  throw problem(
    one.predicts === 'tokens'
      ? 'Each text numbers its tokens by how often they come in its training part, so the same number is another token in another text.'
      : 'Predicted numbers are normalised by the training examples, so the same output is another number with other data.',
    facts,
    `Train both on the same data${one.predicts === 'tokens' ? ", or on bytes: tokens: 'bytes'" : ''}.`,
  )
}

/** Whether outputs have the same meaning for all training examples: bytes, and data from `data()`, which are not normalised. */
const isFixed = ({ name, options }: DataSpec): boolean => name === 'custom' || options.tokens === 'bytes'

const same = (one: DataSpec, other: DataSpec): boolean => one.name === other.name && canonical({ ...one }) === canonical({ ...other })
