/**
 * `compile` without a graph: a step's body runs again at each call, under the contract of a traced one. Its variables change all or none,
 * it creates none, and its random numbers come from the engine's streams.
 */
import { setImmediate } from 'node:timers/promises'
import type { Step, Tensor, TensorSpec, Tf, Variable } from '../../../stdlib/engine.ts'
import { inputsOfRuns, repeated } from '../repeated.ts'
import { inStep, problem } from './problem.ts'
import type { LoadedBackend } from './wasm-backend.ts'

export type Body = (...inputs: Tensor[]) => Tensor[]

/** Steps share variables, so only one call is in flight at a time in the whole engine. */
let running: string | undefined

export function eagerStep(loaded: LoadedBackend, name: string, specs: readonly TensorSpec[], body: Body, times?: number): Step {
  const given = times === undefined ? specs : inputsOfRuns(specs, times)
  const whole = times === undefined ? body : repeated(loaded.tf, body, times)
  let disposed = false
  return {
    // Nothing is traced.
    nodes: 0,
    async run(inputs) {
      if (disposed) throw refused(name, 'has been disposed', 'Compile it again.')
      if (running !== undefined) {
        throw refused(name, `was called while step ${running} is running`, 'Wait for the first call: one may be in flight.')
      }
      running = name
      try {
        checkInputs(name, given, inputs)
        const outputs = allOrNothing(loaded, name, () => withoutMathRandom(() => whole(...inputs)))
        // Lets heartbeats and signals run between steps.
        await setImmediate()
        return outputs
      } catch (cause) {
        throw inStep(name, cause)
      } finally {
        running = undefined
      }
    },
    dispose() {
      disposed = true
    },
  }
}

/** Runs `body` in a tidy; when it throws, restores the values of all variables. */
function allOrNothing({ tf, backend, raiseFailure }: LoadedBackend, step: string, body: () => Tensor[]): Tensor[] {
  const registered = (): Variable[] => Object.values(tf.engine().registeredVariables)
  const before = registered().map((variable) => ({ variable, values: share(tf, backend, variable) }))
  try {
    return tf.tidy(() => {
      const outputs = body()
      raiseFailure()
      refuseNewVariables(step, registered(), new Set(before.map(({ variable }) => variable)))
      // An output must not alias a variable or an input.
      return outputs.map((output) => output.clone())
    })
  } catch (cause) {
    const old = new Set(before.map(({ variable }) => variable))
    for (const variable of registered()) if (!old.has(variable)) variable.dispose()
    for (const { variable, values } of before) if (variable.dataId !== values.dataId) variable.assign(values)
    throw cause
  } finally {
    for (const { values } of before) values.dispose()
  }
}

/** Another tensor over a variable's current values, outside every tidy. */
function share(tf: Tf, backend: LoadedBackend['backend'], { dataId, shape, dtype }: Variable): Tensor {
  backend.incRef(dataId)
  return tf.keep(tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, tf.engine().backend))
}

function refuseNewVariables(step: string, after: readonly Variable[], before: ReadonlySet<Variable>): void {
  const made = after.find((variable) => !before.has(variable))
  if (made === undefined) return
  throw problem('bad-step', {
    title: `step ${step} made the variable ${made.name}`,
    facts: [
      ['step', step],
      ['variable', `${made.name}, ${made.dtype} [${made.shape.join(', ')}]`],
    ],
    hint: 'Make variables (the model, the slots of the optimizer) before compiling the step.',
  })
}

function withoutMathRandom<T>(body: () => T): T {
  const { random } = Math
  Math.random = () => {
    throw problem('bad-step', {
      title: 'a step drew unseeded random numbers',
      facts: [],
      hint: 'They would be the same at every step: give the call a seed if they may be, and an augmentation the part that is to be new each time.',
    })
  }
  try {
    return body()
  } finally {
    Math.random = random
  }
}

function checkInputs(step: string, specs: readonly TensorSpec[], inputs: readonly Tensor[]): void {
  if (inputs.length !== specs.length) {
    throw problem('bad-step', {
      title: `step ${step} takes ${specs.length} inputs, not ${inputs.length}`,
      facts: [
        ['step', step],
        ['inputs', specs.map((spec) => spec.name).join(', ') || 'none'],
      ],
      hint: 'Pass one tensor for each declared input, in their order.',
    })
  }
  for (const [i, spec] of specs.entries()) {
    const input = inputs[i]!
    const expected = `${spec.dtype} [${spec.shape.join(', ')}]`
    const got = input.isDisposed ? 'a disposed tensor' : `${input.dtype} [${input.shape.join(', ')}]`
    if (got === expected) continue
    throw problem('bad-step', {
      title: `input ${spec.name} of step ${step} is ${got}, expected ${expected}`,
      facts: [
        ['step', step],
        ['input', spec.name],
        ['expected', expected],
        ['got', got],
      ],
      hint: 'A step keeps the shapes it was compiled for: pad or drop a partial batch, or compile a second step.',
    })
  }
}

function refused(step: string, what: string, hint: string): Error {
  return problem('bad-step', { title: `step ${step} ${what}`, facts: [['step', step]], hint })
}
