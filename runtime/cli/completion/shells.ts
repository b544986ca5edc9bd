/** Shells with a completion script beside this file, or beside the bundle. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]
