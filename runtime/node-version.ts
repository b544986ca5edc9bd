/** Which Node this runs on: 22.18 and later of 22 (types stripped, SQLite without a flag), and 24 and later. */

/** In words, for errors. */
export const wantedNode = 'Node 22.18 or newer, but not 23'

/** @param version as `process.versions.node` has it */
export function runsOn(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 18)
}

/** The same for a shell: ends with 0 under a Node that will do. */
export const nodeCheck =
  "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a >= 24 || (a === 22 && b >= 18) ? 0 : 1)"
