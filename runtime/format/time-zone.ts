/** User code is loaded and run in UTC on every machine; times are displayed in the user's time zone. */

let own: string | undefined
let inUtc = false

/** For this process and the processes it starts afterwards. */
export function workInUtc(): void {
  if (inUtc) return
  inUtc = true
  own = process.env.TZ
  process.env.TZ = 'UTC'
}

/** Runs `read` in the user's time zone. */
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
