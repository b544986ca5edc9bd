/** Supported Node versions: 22.18 or later in 22 (type stripping, SQLite without a flag), and 24 or later. */

/** In words, for errors. */
export const wantedNode = 'Node 22.18 or newer, but not 23'

/** @param version as in `process.versions.node` */
export function runsOn(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major >= 24 || (major === 22 && minor >= 18)
}

/** The same check as a script for `node -e`: exits with 0 if the version is supported. */
export const nodeCheck =
  "const [a, b] = process.versions.node.split('.').map(Number); process.exit(a >= 24 || (a === 22 && b >= 18) ? 0 : 1)"
