/** The shells for which there is a file beside this one, or beside the bundle. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]
