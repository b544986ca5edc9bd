/** Which jobs somebody still wants, as a condition of a statement. */
import { isDead } from './presence.ts'

/** Whoever wants a job lives: a process, or a run that goes on without one. @param expire the parameter with the seconds */
export const isWanted = (expire: string): string =>
  `EXISTS (SELECT FROM wanted LEFT JOIN holders ON holders.id = wanted.wanter
     WHERE wanted.key = jobs.key AND (NOT ${isDead(expire)} OR wanted.wanter IN (SELECT id FROM coordinations)))`
