/** A sweep in a terminal: each disturbance a line, then what all came to. */

interface Swept {
  readonly counts: { readonly [what: string]: number }
  /** `2 plans of 30 stages` */
  readonly over: string
  readonly wrong: readonly string[]
}

/** Ends the process with 1 when something was wrong. @param most disturbances */
export async function toldSweep(
  { seed, most }: { readonly seed: string; readonly most: string },
  sweep: (told: (what: string, seconds: number) => void) => Promise<Swept>,
): Promise<void> {
  let done = 0
  const began = performance.now()
  console.log(`seed ${seed}`)
  const { counts, over, wrong } = await sweep((what, seconds) =>
    console.log(`${++done}/${most}  ${what.padEnd(32)} after ${seconds.toFixed(2)} s`),
  )
  for (const each of wrong) console.error(each)
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  const counted = Object.entries(counts).map(([what, often]) => `${what} ${often}`)
  const came = wrong.length === 0 ? 'everything as undisturbed' : `${wrong.length} faults`
  console.log(`seed ${seed}: ${counted.join(', ')}, over ${over}, in ${minutes} min: ${came}.`)
  process.exitCode = wrong.length === 0 ? 0 : 1
}
