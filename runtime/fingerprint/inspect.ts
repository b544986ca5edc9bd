/** Reads from V8 where a function was written, and the live values of the names in its scope. No debugger is enabled. */
import type { Session } from 'node:inspector'
import { createRequire } from 'node:module'
import type { Bound, Callable } from './callable.ts'
import { fingerprintProblems } from './problems.ts'

/** The variables of one scope by name, at the time of inspection. */
export type Variables = { readonly [name: string]: unknown }

export interface Site {
  /** URL of its script. */
  readonly url: string
  /** Both from 0. */
  readonly line: number
  readonly column: number
  /** The variables that V8 keeps of enclosing functions and blocks, innermost first. */
  readonly closures: readonly Variables[]
  /** Module-level names, including imports, that some function of the module uses. */
  readonly module: Variables | undefined
}

export interface Inspector {
  /** Undefined for native and bound functions, which have no position in a file. */
  readonly inspect: (fn: Callable) => Site | undefined
  /** The arguments of `bind`; undefined for every other function. */
  readonly bound: (fn: Callable) => Bound | undefined
  /** Private data members, those of the innermost class first. */
  readonly privates: (value: object) => readonly (readonly [name: string, value: unknown])[]
  /** Own property names other than indices. */
  readonly namedProperties: (value: object) => readonly string[]
}

/** The DevTools protocol within this thread. Calls are synchronous. */
export interface Channel {
  readonly post: (method: string, parameters: object) => unknown
  /** URLs by script, as reported by the debugger so far. */
  readonly parsed: ReadonlyMap<string, string>
}

/** Throws if this Node was built without its inspector. */
export function openChannel(): Channel {
  let session: Session
  try {
    session = new (createRequire(import.meta.url)('node:inspector') as typeof import('node:inspector')).Session()
    session.connect()
  } catch (cause) {
    throw fingerprintProblems.noInspector(String(cause))
  }
  const parsed = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }) => parsed.set(params.scriptId, params.url))
  return {
    parsed,
    post: (method, parameters) => {
      let answer: { readonly result: unknown } | { readonly error: unknown } = { error: 'no answer' }
      session.post(method, parameters, (error: Error | null, result?: object) => {
        answer = error ? { error } : { result }
      })
      if ('error' in answer) throw fingerprintProblems.inspectorMoved(`${method}: ${JSON.stringify(answer.error)}`)
      return (answer as { readonly result: unknown }).result // the compiler does not see the callback's assignment
    },
  }
}

/** Passes a value to the inspector and back under a shared name. */
const handKey = Symbol.for('espalier.fingerprint.hand')

interface Remote {
  readonly objectId?: string
  /** `-0`, `NaN`, `9n` */
  readonly unserializableValue?: string
  readonly value?: unknown
  readonly description?: string
}
interface Properties {
  readonly result: readonly { readonly name: string; readonly value?: Remote }[]
  readonly internalProperties?: readonly { readonly name: string; readonly value?: Remote }[]
  readonly privateProperties?: readonly { readonly name: string; readonly value?: Remote }[]
}
interface Scope {
  readonly description: string
  readonly object: Variables
}

export function inspector({ post, parsed }: Channel): Inspector {
  const hand: { in?: unknown; out?: unknown } = {}
  const urls = new Map<string, string>()
  return { inspect, bound, privates, namedProperties }

  function propertiesOf(value: object): Properties {
    return post('Runtime.getProperties', { objectId: handle(value), ownProperties: true, nonIndexedPropertiesOnly: true }) as Properties
  }

  function internalsOf(fn: Callable): (name: string) => Remote | undefined {
    const { internalProperties = [] } = propertiesOf(fn)
    return (name) => internalProperties.find((one) => one.name === name)?.value
  }

  function bound(fn: Callable): Bound | undefined {
    // JavaScript's built-in functions with these names
    if (!/^function \(\) \{ \[native code\] \}$/.test(sourceOf(fn))) return undefined
    const internal = internalsOf(fn)
    if (internal('[[TargetFunction]]') === undefined) return undefined
    const [target, self, given] = valuesOf(['TargetFunction', 'BoundThis', 'BoundArgs'].map((name) => internal(`[[${name}]]`)))
    return { target, self, given: Array.from(given as ArrayLike<unknown>) } // V8's list
  }

  function privates(value: object): readonly (readonly [string, unknown])[] {
    const found = (propertiesOf(value).privateProperties ?? []).filter((one) => one.value !== undefined)
    const values = valuesOf(found.map((one) => one.value))
    return found.map(({ name }, i) => [name, values[i]])
  }

  /** The values themselves. */
  function valuesOf(remotes: readonly (Remote | undefined)[]): readonly unknown[] {
    if (remotes.length === 0) return []
    hand.out = undefined
    withHand(() =>
      post('Runtime.callFunctionOn', {
        objectId: handle(hand),
        functionDeclaration: 'function (...values) { this.out = values }',
        arguments: remotes.map((remote) => {
          const { objectId, value, unserializableValue } = remote ?? {}
          return objectId !== undefined ? { objectId } : unserializableValue !== undefined ? { unserializableValue } : { value }
        }),
      }),
    )
    if (!Array.isArray(hand.out) || hand.out.length !== remotes.length) throw fingerprintProblems.inspectorMoved('values do not come back')
    post('Runtime.releaseObjectGroup', { objectGroup })
    return hand.out
  }

  function inspect(fn: Callable): Site | undefined {
    const property = internalsOf(fn)
    const at = property('[[FunctionLocation]]')?.value as { scriptId: string; lineNumber: number; columnNumber: number } | undefined
    if (at === undefined) return undefined
    const scopes = scopesBehind(property('[[Scopes]]')?.objectId)
    const top = scopes.findIndex(({ description }) => description === 'Module')
    return {
      url: urlOf(at.scriptId),
      line: at.lineNumber,
      column: at.columnNumber,
      closures: (top < 0 ? scopes.filter(({ description }) => description !== 'Global') : scopes.slice(0, top)).map(({ object }) => object),
      module: scopes[top]?.object,
    }
  }

  function namedProperties(value: object): readonly string[] {
    return propertiesOf(value)
      .result.map(({ name }) => name)
      .filter((name) => name !== '__proto__')
  }

  function handle(value: unknown): string {
    hand.in = value
    const { result } = withHand(() =>
      post('Runtime.evaluate', { expression: `globalThis[Symbol.for('espalier.fingerprint.hand')].in`, objectGroup }),
    ) as {
      readonly result: Remote
    }
    if (result.objectId === undefined) throw fingerprintProblems.inspectorMoved('a value has no handle')
    return result.objectId
  }

  /** The [[Scopes]] list contains one `{ description, object }` per scope. The members of `object` are its variables. */
  function scopesBehind(objectId: string | undefined): readonly Scope[] {
    if (objectId === undefined) throw fingerprintProblems.inspectorMoved('a function has no [[Scopes]]')
    hand.out = undefined
    const functionDeclaration = `function () { globalThis[Symbol.for('espalier.fingerprint.hand')].out = this }`
    withHand(() => post('Runtime.callFunctionOn', { objectId, functionDeclaration }))
    if (!Array.isArray(hand.out)) throw fingerprintProblems.inspectorMoved('[[Scopes]] is not a list')
    const scopes = Array.from(hand.out as ArrayLike<Partial<Scope>>)
    if (scopes.some((scope) => typeof scope?.description !== 'string' || typeof scope.object !== 'object'))
      throw fingerprintProblems.inspectorMoved('[[Scopes]] holds something else than scopes')
    post('Runtime.releaseObjectGroup', { objectGroup })
    return scopes as Scope[] // checked above
  }

  function withHand(act: () => unknown): unknown {
    Object.defineProperty(globalThis, handKey, { value: hand, configurable: true })
    try {
      return act()
    } finally {
      Reflect.deleteProperty(globalThis, handKey)
    }
  }

  /** Best-effort coverage lists most scripts in a few milliseconds; the debugger lists all, but takes ten times as long to enable. */
  function urlOf(scriptId: string): string {
    if (!urls.has(scriptId)) {
      post('Profiler.enable', {})
      const { result } = post('Profiler.getBestEffortCoverage', {}) as { readonly result: readonly { scriptId: string; url: string }[] }
      for (const script of result) urls.set(script.scriptId, script.url)
      post('Profiler.disable', {})
    }
    if (!urls.has(scriptId)) {
      post('Debugger.enable', {})
      post('Debugger.disable', {})
      for (const [id, url] of parsed) urls.set(id, url)
    }
    const url = urls.get(scriptId)
    if (url === undefined) throw fingerprintProblems.inspectorMoved(`script ${scriptId} has no URL`)
    return url
  }
}

const objectGroup = 'espalier.fingerprint'

const { toString: source } = Function.prototype

/** From V8, independent of overridden methods. */
export function sourceOf(fn: Callable): string {
  return Reflect.apply(source, fn, [])
}
