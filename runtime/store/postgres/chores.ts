/** What has to be done now and then by some process, whoever comes first: its cost does not grow with the number of processes. */
import type { Query } from './database.ts'

/** @returns whether it is this process' turn: nobody has had one in the last `seconds`, by the database's clock */
export async function chore(all: Query, name: string, seconds: number): Promise<boolean> {
  const rows = await all(
    `INSERT INTO chores (chore, done) VALUES ($1, clock())
     ON CONFLICT (chore) DO UPDATE SET done = excluded.done WHERE chores.done < excluded.done - make_interval(secs => $2::double precision)
     RETURNING chore`,
    name,
    seconds,
  )
  return rows.length > 0
}
