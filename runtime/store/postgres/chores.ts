/** Periodic work that any one process does, the first that comes: its cost does not grow with the number of processes. */
import type { Query } from './database.ts'

/** @returns whether it is this process' turn: nobody has had one in the last `seconds`, by the database's clock */
export async function chore(all: Query, name: string, seconds: number): Promise<boolean> {
  const interval = 'make_interval(secs => $2::double precision)'
  // One that is not due is read, not locked.
  const rows = await all(
    `INSERT INTO chores (chore, done) SELECT $1, clock() WHERE NOT EXISTS (SELECT FROM chores WHERE chore = $1 AND done >= clock() - ${interval})
     ON CONFLICT (chore) DO UPDATE SET done = excluded.done WHERE chores.done < excluded.done - ${interval}
     RETURNING chore`,
    name,
    seconds,
  )
  return rows.length > 0
}
