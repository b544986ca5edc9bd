/** The user's code is loaded and run in UTC, wherever the machine stands; people read times of their own zone. */

let own: string | undefined
let inUtc = false

/** For this process and what it starts from now on. */
export function workInUtc(): void {
  if (inUtc) return
  inUtc = true
  own = process.env.TZ
  process.env.TZ = 'UTC'
}

/** Runs `read` in the zone of the person who looks. */
export function inOwnZone<T>(read: () => T): T {
  if (!inUtc) return read()
  if (own === undefined) delete process.env.TZ
  else process.env.TZ = own
  try {
    return read()
  } finally {
    process.env.TZ = 'UTC'
  }
}
