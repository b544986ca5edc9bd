/** Periodic work for which one process suffices, whichever is first: its cost does not grow with the number of processes. */
import type { Query } from './database.ts'

/** @returns whether this process should do it now: no process has in the last `seconds`, by the database's clock */
export async function chore(all: Query, name: string, seconds: number): Promise<boolean> {
  const interval = 'make_interval(secs => $2::double precision)'
  // A chore that is not due is only read, not locked.
  const rows = await all(
    `INSERT INTO chores (chore, done) SELECT $1, clock() WHERE NOT EXISTS (SELECT FROM chores WHERE chore = $1 AND done >= clock() - ${interval})
     ON CONFLICT (chore) DO UPDATE SET done = excluded.done WHERE chores.done < excluded.done - ${interval}
     RETURNING chore`,
    name,
    seconds,
  )
  return rows.length > 0
}
