/** Runs the self-test against V8's own answers and against answers changed in one way each; prints what it said. */
import { type Channel, inspector, openChannel } from '../../../runtime/fingerprint/inspect.ts'
import { selfTest } from '../../../runtime/fingerprint/self-test.ts'

interface Internal {
  name: string
  value: { value?: { lineNumber: number; columnNumber: number; scriptId: string }; objectId?: string }
}

const channel = openChannel()

/** V8's answer with each internal property changed, or dropped. */
const internals = (change: (one: Internal) => Internal | undefined): Channel => ({
  ...channel,
  post: (method, parameters) => {
    const answer = channel.post(method, parameters) as { internalProperties?: Internal[] }
    if (answer?.internalProperties) answer.internalProperties = answer.internalProperties.flatMap((one) => change(one) ?? [])
    return answer
  },
})

const moved = (line: number, column: number): Channel =>
  internals((one) => {
    if (one.name === '[[FunctionLocation]]') {
      one.value.value!.lineNumber += line
      one.value.value!.columnNumber += column
    }
    return one
  })

const refusing = (refused: string): Channel => ({
  ...channel,
  post: (method, parameters) => {
    if (method === refused) throw new Error(`'${refused}' wasn't found`)
    return channel.post(method, parameters)
  },
})

const cases: { readonly [name: string]: Channel } = {
  'as it is': channel,
  'no locations': internals((one) => (one.name === '[[FunctionLocation]]' ? undefined : one)),
  'no scopes': internals((one) => (one.name === '[[Scopes]]' ? undefined : one)),
  'another line': moved(1, 0),
  'another column': moved(0, 1),
  'scopes of another kind': {
    ...channel,
    post: (method, parameters) =>
      channel.post(
        method,
        'functionDeclaration' in parameters
          ? {
              ...parameters,
              functionDeclaration: 'function () { globalThis[Symbol.for("espalier.fingerprint.hand")].out = [{ name: "Closure" }] }',
            }
          : parameters,
      ),
  },
  'values copied': {
    ...channel,
    post: (method, parameters) =>
      channel.post(
        method,
        'functionDeclaration' in parameters
          ? {
              ...parameters,
              functionDeclaration:
                'function () { globalThis[Symbol.for("espalier.fingerprint.hand")].out = Array.from(this, (scope) => ({ description: scope.description, object: scope.description === "Global" ? {} : Object.fromEntries(Object.entries(scope.object).map(([k, v]) => [k, v && typeof v === "object" ? { ...v } : v])) })) }',
            }
          : parameters,
      ),
  },
  'indices among the names': {
    ...channel,
    post: (method, parameters) => channel.post(method, { ...parameters, nonIndexedPropertiesOnly: false }),
  },
  'no scripts': refusing('Profiler.getBestEffortCoverage'),
}

const said: { [name: string]: unknown } = {}
for (const [name, channel] of Object.entries(cases)) {
  try {
    selfTest(inspector(channel))
    said[name] = 'passed'
  } catch (error) {
    const { name: kind, title, facts } = error as { name: string; title?: string; facts?: readonly (readonly [string, string])[] }
    said[name] = { kind, title, found: facts?.find(([label]) => label === 'found')?.[1] }
  }
}
process.stdout.write(JSON.stringify(said))
