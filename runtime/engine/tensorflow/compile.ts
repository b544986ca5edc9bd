/** Traces a step once and runs it as one TensorFlow call. */
import type { Step, Tensor, TensorSpec, Variable } from '../../../stdlib/engine.ts'
import { EngineProblem, engineProblems, inStep, isProblem } from '../problems.ts'
import { inputsOfRuns, repeated } from '../repeated.ts'
import { type Backend, tf } from './backend.ts'
import type { Ptr } from './capi.ts'
import { InPlace } from './in-place.ts'
import { dtypes } from './metadata.ts'
import { type StepSettings, Trace } from './trace.ts'

type Body = (...inputs: Tensor[]) => Tensor[]

const dtypeNumbers = { float32: dtypes.FLOAT, int32: dtypes.INT32, bool: dtypes.BOOL } as const

interface Traced {
  readonly functionName: string
  /** Tensors and variables that the body used, in the order of the function's inputs. */
  readonly captured: readonly (Variable | InPlace | number)[]
  /** Variables that the body assigned; their new values follow the body's own outputs. */
  readonly changed: readonly Variable[]
  readonly outputs: readonly { readonly shape: number[]; readonly dtype: number }[]
  readonly nodes: number
  /** Duration of the last call. */
  milliseconds: number
}

let functions = 0
/** Steps share variables, so only one call is in flight at a time in the whole engine. */
let running: string | undefined

export function compileStep(
  backend: Backend,
  name: string,
  specs: readonly TensorSpec[],
  body: Body,
  settings: StepSettings,
  inPlace: readonly Variable[] = [],
  times?: number,
): Step {
  const given = times === undefined ? specs : inputsOfRuns(specs, times)
  const traced = trace(backend, name, given, body, settings, inPlace, times)
  const { c, context } = backend.binding
  let disposed = false
  return {
    nodes: traced.nodes,
    async run(inputs) {
      if (disposed) throw engineProblems.badStep(`Step ${name} has been disposed.`, [['step', name]], 'Compile it again.')
      if (running !== undefined)
        throw engineProblems.badStep(
          `Step ${name} was called while step ${running} is running.`,
          [['step', name]],
          'Wait for the first call: one may be in flight.',
        )
      checkInputs(name, given, inputs)
      running = name
      try {
        return await call(backend, name, traced, inputs, settings.xla)
      } finally {
        running = undefined
      }
    },
    dispose() {
      if (disposed) return
      disposed = true
      c.removeFunction(context, traced.functionName, backend.binding.status)
      for (const input of traced.captured) {
        if (typeof input === 'number') backend.binding.unpin(input)
        if (input instanceof InPlace) input.dispose()
      }
    },
  }
}

function trace(
  backend: Backend,
  name: string,
  specs: readonly TensorSpec[],
  body: Body,
  settings: StepSettings,
  inPlace: readonly Variable[],
  times: number | undefined,
): Traced {
  const { binding } = backend
  const variables = registeredVariables()
  // Created before the trace and shared during it, so that assigning one in the trace does not free its value.
  const before = variables.map((variable) => ({ variable, dataId: variable.dataId, id: backend.idOf(variable) }))
  for (const { dataId } of before) backend.incRef(dataId)
  const placed = new Set(before.flatMap(({ variable, id }) => (inPlace.includes(variable) ? [id] : [])))
  const trace = new Trace(binding, name, settings, placed)
  const functionName = `espalier_step_${functions++}`
  let failed = false
  try {
    const parameters = specs.map(({ shape, dtype }) => trace.placeholder(shape, dtypeNumbers[dtype]))
    binding.trace = trace
    const { captured, ...traced } = tf.tidy(() => {
      const inputs = specs.map(({ shape, dtype }, i) =>
        backend.createOutputTensor(binding.add({ output: parameters[i]!, shape: [...shape], dtype: dtypeNumbers[dtype] })),
      )
      const between = () => {
        for (const variable of before) moveToPlace(backend, trace, variable)
      }
      const whole = times === undefined ? body : repeated(tf, body, times, between)
      const outputs = withoutMathRandom(() => whole(...inputs))
      refuseNewVariables(name, variables)
      const changed = before.filter(({ variable, dataId, id }) => variable.dataId !== dataId || (placed.has(id) && trace.captured.has(id)))
      const ids = [...outputs, ...changed.map(({ variable }) => variable)].map((tensor) => backend.idOf(tensor))
      const ends = ids.map((id, i) => trace.settled(changed[i - outputs.length]?.id ?? -1, trace.input(id)))
      const shapes = ids.map((id) => ({ shape: binding.entry(id).shape, dtype: binding.entry(id).dtype }))
      trace.finish(functionName, parameters, ends)
      const variableOf = new Map(before.map(({ variable, id }) => [id, variable]))
      const captured = [...trace.captured.keys()].map((id) => variableOf.get(id) ?? id)
      return {
        functionName,
        captured,
        changed: changed.map(({ variable }) => variable),
        outputs: shapes,
        nodes: trace.nodes,
        milliseconds: Number.POSITIVE_INFINITY,
      }
    })
    const places = captured.map((input) => (typeof input !== 'number' && inPlace.includes(input) ? new InPlace(backend, input) : input))
    return { ...traced, captured: places }
  } catch (cause) {
    failed = true
    if (cause instanceof EngineProblem) throw inStep(name, cause)
    throw isProblem(cause) ? cause : failedIn(name, cause, trace.failedLayer)
  } finally {
    binding.trace = undefined
    for (const { variable, dataId } of before) restore(backend, variable, dataId)
    // Variables are looked up at each call; other captured tensors stay pinned.
    const ofVariables = new Set(before.map(({ id }) => id))
    for (const id of trace.captured.keys()) if (failed || ofVariables.has(id)) binding.unpin(id)
    trace.dispose()
  }
}

/** Between two runs of a body. */
function moveToPlace(backend: Backend, trace: Trace, { variable, id }: { readonly variable: Variable; readonly id: number }): void {
  const moved = trace.moved(id, backend.idOf(variable))
  if (moved !== undefined) variable.assign(backend.createOutputTensor(moved))
}

async function call(backend: Backend, name: string, traced: Traced, inputs: readonly Tensor[], xla: boolean): Promise<Tensor[]> {
  const { binding } = backend
  const { c } = binding
  const op = c.newOp(binding.context, traced.functionName, binding.status)
  binding.check(name)
  const status = c.newStatus()
  try {
    if (xla) {
      c.opBool(op, '_XlaMustCompile', 1)
      // XLA compiles for one device, and would use the processor by default.
      if (binding.device !== undefined) c.opDevice(op, binding.device, binding.status)
    }
    const inPlace = traced.captured.filter((input) => input instanceof InPlace)
    for (const input of [...inputs, ...traced.captured]) {
      const variable = input instanceof InPlace ? input.variable : input
      if (typeof variable !== 'number' && variable.isDisposed) throw disposedVariable(name, variable as Variable)
      const id = input instanceof InPlace ? input.resource : typeof input === 'number' ? input : backend.idOf(input)
      // The operation holds its inputs: disposing or assigning one during the call cannot free it.
      c.opInput(op, binding.entry(id).handle, binding.status)
    }
    binding.check(name)
    for (const each of inPlace) each.lend()
    const handles: Ptr[] = new Array(traced.outputs.length).fill(null)
    await execute(backend.binding, traced, op, handles, status)
    if (c.code(status) !== 0) {
      for (const each of inPlace) each.takeBack()
      throw failedIn(name, c.message(status))
    }
    const made = handles.map((handle, i) => binding.add({ handle, ...traced.outputs[i]! }))
    const own = made.length - traced.changed.length
    traced.changed.forEach((variable, i) => {
      backend.update(variable, made[own + i]!)
    })
    for (const each of inPlace) each.returned()
    return made.slice(0, own).map((metadata) => backend.createOutputTensor(metadata))
  } finally {
    c.deleteStatus(status)
    c.deleteOp(op)
  }
}

/** Longest time for which the event loop is blocked: heartbeats and signals need it. Milliseconds. */
const patience = 10
let lastTurn = 0

/**
 * Runs on another thread, so that timers and messages are handled meanwhile. That costs up to a tenth of the shortest steps: those run on
 * this thread if the event loop had a recent turn. The values are the same.
 */
async function execute({ c }: Backend['binding'], traced: Traced, op: Ptr, handles: Ptr[], status: Ptr): Promise<void> {
  const start = performance.now()
  if (start + traced.milliseconds < lastTurn + patience) c.execute(op, handles, [handles.length], status)
  else {
    await new Promise<void>((resolve, reject) => {
      c.execute.async(op, handles, [handles.length], status, (error: Error | null) => (error ? reject(error) : resolve()))
    })
    lastTurn = performance.now()
  }
  traced.milliseconds = performance.now() - start
}

function disposedVariable(step: string, { name }: { readonly name: string }): EngineProblem {
  return engineProblems.badStep(
    `Step ${step} uses the variable ${name}, which has been disposed.`,
    [['step', step]],
    "Keep a step's variables as long as the step, or compile it again.",
  )
}

/** XLA compiles at the first call; these are its errors when it cannot. */
const refusedByXla = /Detected unsupported operations|tf2xla conversion failed/

/** Layer names are the second part of a node's name: `{{node lenet300/fc1/MatMul_7}}`. */
function failedIn(step: string, cause: unknown, tracedLayer?: string) {
  const message = cause instanceof Error ? cause.message : String(cause)
  const node = /\{\{node ([^}]+)\}\}/.exec(message)?.[1]?.split('/')
  const layer = tracedLayer ?? (node?.length === 3 ? node[1] : undefined)
  if (refusedByXla.test(message)) {
    const ops = [...message.matchAll(/(\w+) \(No registered/g)].map(([, op]) => op!)
    return engineProblems.notForXla(step, layer, [...new Set(ops)], message)
  }
  return engineProblems.failed(layer === undefined ? `Step ${step}` : `Layer ${layer} of step ${step}`, message, [
    ['step', step],
    ...(layer === undefined ? [] : [['layer', layer] as const]),
  ])
}

function checkInputs(step: string, specs: readonly TensorSpec[], inputs: readonly Tensor[]): void {
  if (inputs.length !== specs.length)
    throw engineProblems.badStep(
      `Step ${step} takes ${specs.length} inputs, not ${inputs.length}.`,
      [['inputs', specs.map(({ name }) => name).join(', ')]],
      'Give one tensor for each.',
    )
  specs.forEach(({ name, shape, dtype }, i) => {
    const input = inputs[i]!
    const expected = `${dtype} [${shape.join(', ')}]`
    const given = input.isDisposed ? 'a disposed tensor' : `${input.dtype} [${input.shape.join(', ')}]`
    if (given !== expected)
      throw engineProblems.badStep(
        `Input ${name} of step ${step} is not what the step was compiled for.`,
        [
          ['expected', expected],
          ['given', given],
        ],
        'Pad or drop a partial batch, or compile a second step.',
      )
  })
}

function registeredVariables(): Variable[] {
  return Object.values(tf.engine().registeredVariables)
}

function refuseNewVariables(step: string, known: readonly Variable[]): void {
  const made = registeredVariables().filter((variable) => !known.includes(variable))
  if (made.length === 0) return
  for (const variable of made) variable.dispose()
  throw engineProblems.badStep(
    `Step ${step} made the variable ${made[0]!.name}.`,
    [['step', step]],
    'Make variables (the model, the slots of the optimizer) before compiling the step.',
  )
}

/** Restores the value that a variable had before the trace. */
function restore(backend: Backend, variable: Variable, dataId: object): void {
  if (variable.dataId === dataId) {
    backend.disposeData(dataId) // only the reference added for the trace
    return
  }
  const traced = variable.dataId
  variable.dataId = dataId
  backend.disposeData(traced, true)
  // tfjs removes a tensor's data with the tensor; this data is removed without one.
  ;(tf.engine().state as unknown as { tensorInfo: WeakMap<object, unknown> }).tensorInfo.delete(traced)
}

function withoutMathRandom<T>(body: () => T): T {
  const { random } = Math
  Math.random = () => {
    throw engineProblems.badStep(
      'A step drew unseeded random numbers while it was traced.',
      [],
      'They would be the same at every step: give the call a seed if they may be, and an augmentation the part that is to be new each time.',
    )
  }
  try {
    return body()
  } finally {
    Math.random = random
  }
}
