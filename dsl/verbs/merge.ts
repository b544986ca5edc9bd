import { inRange, optionsOf } from '../check/checks.ts'
import type { MergeOptions } from '../graph/stage-options.ts'

/** What a user may give to mergeMembers() of so many. */
export const mergeOptions = (given: unknown, members: number): MergeOptions => {
  const verb = 'mergeMembers()'
  const { member } = optionsOf(verb, given, ['member'])
  if (member === undefined) return {}
  const range = {
    says: `a whole number from 0 to ${members - 1}`,
    has: (n: number) => Number.isInteger(n) && n >= 0 && n < members,
    hint: 'Leave it out to merge all.',
  }
  return { member: inRange(verb, 'member', member, range) }
}
