import { inRange, optionsOf, whole } from '../check/checks.ts'
import type { MergeOptions } from '../graph/stage-options.ts'

/** What a user may give to mergeMembers() of so many. */
export const mergeOptions = (given: unknown, members: number): MergeOptions => {
  const verb = 'mergeMembers()'
  const { member } = optionsOf(verb, given, ['member'])
  if (member === undefined) return {}
  return { member: inRange(verb, 'member', member, whole(0, members - 1, 'Leave it out to merge all.')) }
}
