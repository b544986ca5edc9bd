/** SQL condition: whether any run still wants a job. */
import { isDead } from './presence.ts'

/** At least one wanter is a live process or a detached run. @param expire parameter with the timeout in seconds */
export const isWanted = (expire: string): string =>
  `EXISTS (SELECT FROM wanted LEFT JOIN holders ON holders.id = wanted.wanter
     WHERE wanted.key = jobs.key AND (NOT ${isDead(expire)} OR wanted.wanter IN (SELECT id FROM coordinations)))`
