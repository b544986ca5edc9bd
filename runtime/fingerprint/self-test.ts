/**
 * `inspect.ts` relies on the output of DevTools, which is not a documented contract. So before the first fingerprint, a closure with known
 * position and captured values is inspected. If any answer is unexpected, no fingerprint is computed.
 */
import { Script } from 'node:vm'
import type { Callable } from './callable.ts'
import type { Inspector, Site } from './inspect.ts'
import { fingerprintProblems } from './problems.ts'

const token = { at: 'module level' }
const reader = (): object => token

/** Throws a problem with the unexpected answer of V8. */
export function selfTest({ inspect, namedProperties }: Inspector): void {
  const shared = { array: [1] }
  const filename = 'espalier:self-test'
  const code = '\n  (outer, shared) => { let n = -0; { const big = 10n, nan = NaN; return (x) => [x, outer, shared, n, big, nan] } }'
  const sample = (new Script(code, { filename }).runInThisContext() as (outer: string, shared: object) => Callable)('text', shared)
  const site = inspect(sample)
  expect('a function has a place', site !== undefined)
  const { url, line, column, closures } = site as Site // checked above
  expect('its script has a URL', url === filename)
  expect('its line and column are right', line === 1 && column === code.indexOf('(x)') - 1)
  expect(
    'blocks come before functions',
    closures.length === 2 && Object.is(closures[0]?.big, 10n) && Object.is(closures[0]?.nan, Number.NaN),
  )
  expect('captured values are the values themselves', closures[1]?.shared === shared && closures[1].outer === 'text')
  expect('negative zero stays', Object.is(closures[1]?.n, -0))
  const module = inspect(reader)?.module
  expect('names of the module can be seen', module !== undefined && Object.values(module).includes(token))
  expect('native functions have no place', inspect(Math.sqrt) === undefined && inspect(reader.bind(undefined)) === undefined)
  const named = namedProperties(Object.assign(new Float32Array(2), { scale: 3 }))
  expect('named properties are told from indices', named.length === 1 && named[0] === 'scale')
}

function expect(claim: string, holds: boolean): void {
  if (!holds) throw fingerprintProblems.inspectorMoved(`expected that ${claim}`)
}
