/** Computes every case on the portable engine and prints values, gradients and refusals, a line of JSON a case and round; run as a process by the tests. */
import { openEngine } from '../../../../runtime/engine/open.ts'
import { rounds } from './case.ts'
import { cases } from './cases.ts'
import { compute } from './computed.ts'

/** What one line says. Numbers as they are in JSON would lose NaN and infinities. */
export interface Line {
  readonly name: string
  readonly round: number
  readonly outputs?: readonly (readonly (number | string)[])[]
  readonly gradients?: readonly (readonly (number | string)[])[]
  readonly refusal?: string
  readonly gradientRefusal?: string
}

const engine = await openEngine({ engine: 'portable', threads: 1 })

const plain = (values: ArrayLike<number>) => Array.from(values, (value) => (Number.isFinite(value) ? value : String(value)))
const attempt = <T>(run: () => T): T | string => {
  try {
    return run()
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

for (const test of cases) {
  for (let round = 0; round < rounds; round++) {
    const values = attempt(() => compute(engine, test, round, false).outputs.map(plain))
    const gradients = attempt(() => compute(engine, test, round, true).gradients.map(plain))
    const line: Line = {
      name: test.name,
      round,
      ...(typeof values === 'string' ? { refusal: values } : { outputs: values }),
      ...(typeof gradients === 'string' ? { gradientRefusal: gradients } : { gradients }),
    }
    console.log(JSON.stringify(line))
  }
}
