import { inRange, optionsOf, whole } from '../check/checks.ts'
import type { MergeOptions } from '../graph/stage-options.ts'

/** The options of mergeMembers(), for a given number of members. */
export const mergeOptions = (given: unknown, members: number): MergeOptions => {
  const verb = 'mergeMembers()'
  const { member } = optionsOf(verb, given, ['member'])
  if (member === undefined) return {}
  return { member: inRange(verb, 'member', member, whole(0, members - 1, 'Leave it out to merge all.')) }
}
