/** Where a run's stages can be computed. */
export const executorNames = ['local', 'cluster', 'slurm'] as const
export type ExecutorName = (typeof executorNames)[number]
