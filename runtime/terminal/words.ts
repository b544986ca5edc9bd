/** How numbers and moments are written for people. */

export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `loss 0.1234 · accuracy 96.1 % · 812 steps/s`, with what is known. */
export function measures({
  loss,
  accuracy,
  stepsPerSecond,
}: {
  readonly loss?: number
  readonly accuracy?: number
  readonly stepsPerSecond?: number
}): string {
  return [
    ...(loss === undefined ? [] : [`loss ${loss.toFixed(4)}`]),
    ...(accuracy === undefined ? [] : [`accuracy ${(accuracy * 100).toFixed(1)} %`]),
    ...(stepsPerSecond === undefined ? [] : [`${Math.round(stepsPerSecond)} steps/s`]),
  ].join(' · ')
}

/** The metrics worth a line when a stage is done. */
export function outcome(metrics: { readonly [name: string]: number }): string {
  const part = (name: string, label: string, digits: number) => {
    const value = metrics[name]
    return value === undefined ? [] : [`${label} ${digits === 0 ? `${(value * 100).toFixed(2)} %` : value.toFixed(digits)}`]
  }
  const tested = part('test/accuracy', 'test accuracy', 0)
  const validated = tested.length > 0 ? [] : part('validation/accuracy', 'validation accuracy', 0)
  const { sparsity } = metrics
  return [...tested, ...validated, ...(sparsity === undefined || sparsity === 0 ? [] : [`sparsity ${Number(sparsity.toFixed(4))}`])].join(
    ' · ',
  )
}

export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12)
