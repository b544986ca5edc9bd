/** Memory growth over the samples of a soak test. */

export interface Sample {
  /** Steps, cycles or failures so far. */
  readonly done: number
  /** Anonymous memory of the process that is in use, in MB (10⁶ bytes). */
  readonly megabytes: number
  /** Tensors that the engine holds. */
  readonly tensors: number
}

export interface Limits {
  /** Share of the work that may fill caches and pools before growth counts: 0 … 1. */
  readonly warmUp: number
  /** MB. */
  readonly growth: number
}

export interface Growth {
  readonly start: number
  readonly warm: number
  readonly end: number
  /** Median of the last quarter minus the median of as many samples after warm-up: a single reading may be a peak. */
  readonly megabytes: number
  readonly tensors: number
}

/** `samples` in order, from before the first step to after the last. */
export function growthOf(samples: readonly Sample[], { warmUp }: Limits): Growth {
  const after = samples.filter(({ done }) => done >= warmUp * samples.at(-1)!.done)
  const part = Math.max(1, Math.ceil(after.length / 4))
  const [early, late] = [median(after.slice(0, part)), median(after.slice(-part))]
  return {
    start: samples[0]!.megabytes,
    warm: early,
    end: late,
    megabytes: late - early,
    tensors: after.at(-1)!.tensors - after[0]!.tensors,
  }
}

export const withinLimits = ({ megabytes, tensors }: Growth, { growth }: Limits): boolean => megabytes <= growth && tensors === 0

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ megabytes }) => megabytes).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
