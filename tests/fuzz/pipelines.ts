/**
 * Pipeline files: programs of the language with wrong orders, wrong options, odd values, hostile names and odd exports, made from a grammar,
 * loaded and planned. What is taken has a plan.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { makePlan } from '../../runtime/plan/plan.ts'
import { foreseeNetworks } from '../../runtime/project/foresee-networks.ts'
import { prepare } from '../../runtime/project/prepare.ts'
import * as library from '../../stdlib/index.ts'
import { type Fuzzer, sentenceOf } from './fuzzer.ts'

const entry = pathToFileURL(join(import.meta.dirname, '../../stdlib/index.ts')).href

/** What stands before each program: parts that fit, and things that nobody should give to a verb. */
const head = `import * as library from '${entry}'
const { ${Object.keys(library)
  .filter((name) => name !== 'default')
  .join(', ')} } = library
const optimizer = adam({ lr: 1e-3 })
const { init, train } = task({ model: lenet300(), data: digits(), optimizer, epochs: 1 })
const conv = task({ model: bnConv([4, 4]), data: digits(), optimizer, epochs: 1 })
const many = task({ model: batchEnsemble(bnConv([4, 4]), 2), data: digits(), optimizer, epochs: 1 })
const loop: any = {}; loop.self = loop; loop.a = [loop]
const deep = (n: number, one: (inner: any) => any, first: any = 1) => { let at = first; for (let i = 0; i < n; i++) at = one(at); return at }
const thrower: any = new Proxy({}, new Proxy({}, { get() { throw new Error('a trap') } }))
const dead: any = (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy })()
const getter: any = { get a() { throw new Error('a getter') }, get kind() { throw new Error('a getter') } }
const untold: any = { toString() { throw new Error('no text') }, [Symbol.toPrimitive]() { throw new Error('no primitive') } }
`

const hostileNames = [
  "''",
  "'__proto__'",
  "'constructor'",
  "'toString'",
  "'a/b'",
  "'../..'",
  "'seed'",
  "'\\u001b]0;x\\u0007'",
  "'\\u202e\\u200b'",
  "'\\ud800'",
  "'\\0'",
  "'a\\nb'",
  "'\"'",
  "'#'",
  "'x'.repeat(100000)",
  "'0'",
  "'-1'",
  "'init'",
  "'arm'",
  "'default'",
]

/** Values that a verb may be given by mistake. */
const odd = [
  'undefined',
  'null',
  'NaN',
  '-0',
  '0',
  '1',
  '-1',
  '2',
  '0.5',
  '90',
  '1e308',
  'Infinity',
  '1n',
  '2 ** 53',
  '2 ** 31',
  '0.9999999',
  'true',
  "''",
  "'0.9'",
  "'fc1'",
  '[]',
  '[0.5]',
  '{}',
  '[[[]]]',
  '[,]',
  '{ a: 1 }',
  '() => 1',
  '() => {}',
  'async () => 1',
  'function* () {}',
  'class {}',
  'Symbol()',
  "Symbol('s')",
  'new Map()',
  'new Set([1])',
  'new Date(0)',
  'new Date(NaN)',
  '/x/',
  'Object.create(null)',
  'new Float32Array(3)',
  'Promise.resolve(1)',
  'new Error("x")',
  'globalThis',
  'process',
  'library',
  'Math',
  'loop',
  'thrower',
  'dead',
  'getter',
  'untold',
  'deep(10000, (x) => [x])',
  'deep(10000, (x) => ({ x }))',
  'deep(10000, (x) => compare({ x }), train())',
  'init',
  'digits',
  'magnitude',
  'digits()',
  'lenet300()',
  'magnitude(0.5)',
  'kd()',
  'cubic()',
  'optimizer',
  'train()',
  'init()',
  'conv.train()',
  'many.train()',
  'train().export({ to: "out.safetensors", format: "safetensors" })',
  'compare({ a: train() })',
  'ensemble(2, (seed) => train({ seed }))',
  'new Proxy(train(), {})',
  'Object.assign(Object.create(train()), {})',
  'JSON.parse(JSON.stringify(train()))',
  'structuredClone({ kind: "pruner" })',
  "{ kind: 'pruner', spec: {} }",
  "{ kind: 'distiller', spec: null }",
  "{ kind: 'sparsity', spec: 1 }",
  "{ kind: 'model', spec: {}, arch: { classes: 10 } }",
  "{ kind: 'data', classes: 10 }",
]

const value = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...odd) }, { weight: 1, arbitrary: fc.constantFrom(...hostileNames) })
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("'a'", "'b'", "'dense'", "'s'") },
  { weight: 1, arbitrary: fc.constantFrom(...hostileNames) },
)

/** Mostly what is right here, now and then anything. */
const mostly = (right: readonly string[]) => fc.oneof({ weight: 14, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: value })

const call = (verb: string, ...given: fc.Arbitrary<string>[]) => fc.tuple(...given).map((words) => `${verb}(${words.join(', ')})`)
const some = (...options: readonly (readonly [string, fc.Arbitrary<string>])[]) =>
  fc
    .tuple(...options.map(([option, right]) => fc.option(right, { freq: 2 }).map((text) => (text === null ? [] : [`${option}: ${text}`]))))
    .map((all) => `{ ${all.flat().join(', ')} }`)

const parts = Object.entries(library)
  .filter(([, part]) => typeof part === 'function')
  .map(([part]) => part)
  .sort()
const anyPart = fc
  .tuple(fc.constantFrom(...parts), fc.array(value, { maxLength: 3 }))
  .map(([part, given]) => (part === 'PipelineProblem' ? 'train()' : `${part}(${given.join(', ')})`))

const lr = mostly(['0.01', 'cosine(0.1)', 'warmup(1, cosine(0.1))', 'step(0.1, { at: { epochs: [1] } })', 'linear(0.1)', 'oneCycle(0.1)'])
const trainOptions = some(
  ['epochs', mostly(['1', '2'])],
  ['lr', lr],
  ['batch', mostly(['8', '64', '100000'])],
  ['keep', mostly(['{ early: { epoch: 1 } }', "{ 'a b': { step: 3 } }", '{ early: { epoch: 9 } }'])],
  ['clipNorm', mostly(['1'])],
  ['ema', mostly(['0.9'])],
  ['gammaL1', mostly(['1e-4'])],
  ['augment', mostly(['[flip()]', '[padCrop(2)]', '[cutout(4)]'])],
  ['resources', mostly(["{ device: 'cpu' }", '{ memory: 1e9 }'])],
)
const pruner = mostly([
  '0.5',
  '0.999999',
  '{ fc1: 0.5 }',
  'magnitude(0.5)',
  "magnitude(0.5, { scope: 'layer' })",
  "magnitude({ fc1: 0.9 }, { exclude: ['fc2'] })",
  'filterL1(0.5)',
  'filterL1({ macs: 0.5 })',
  'filterL2(0.5)',
  'slimming(0.5)',
  'random(0.5)',
  'gradient(0.5)',
  'snip(0.5)',
  'movement(0.5)',
  'criterion(0.5, (w) => w)',
])
const pace = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: some(['schedule', mostly(['cubic()', 'oneShot()', 'throughout()'])], ['every', mostly(['10', '{ epochs: 1 }'])], ['lr', lr]),
  },
)
const teacher = mostly(['train()', 'conv.train()', 'many.train()', 'ensemble(2, (seed) => conv.train({ seed }))', 'train({ seed: 1 })'])
const method = mostly([
  'kd()',
  'kd({ temperature: 4 })',
  "fitnet({ student: 'fc1', teacher: 'fc1' })",
  "fitnet({ student: 'conv1', teacher: 'conv2' })",
  "at({ student: ['conv1'], teacher: ['conv2'], kl: 1 })",
  'sp()',
  'rkd({ angle: 10 })',
  'srrl({ kl: 1 })',
  'crd({ negatives: 32 })',
  'dkd()',
  'dist({ temperature: 1 })',
  'simkd()',
  'latentBE()',
  'loss(({ tf, student }) => tf.mean(student))',
])

const verb = fc.oneof(
  call('train', trainOptions),
  call('finetune', trainOptions),
  call('prune', pruner),
  call('prune', pruner, pace),
  call('dpf', pruner, trainOptions),
  call('rewind', mostly(["'init'", "'early'", '', '{ epoch: 1 }', '{ step: 5 }'])),
  call('reinit', mostly(['', "{ weights: 'keep' }", '{ seed: 3 }'])),
  call('interpolate', teacher, mostly(['0.5', '0', '1'])),
  call('dense', mostly([''])),
  call('shrink', mostly([''])),
  call('recalibrate', mostly(['', '{ batches: 2 }'])),
  call('mergeMembers', mostly(['', '{ member: 0 }', '{ member: 7 }'])),
  call('snapshot', name),
  call('distill', teacher, method, trainOptions),
  call('evaluate', mostly([''])),
  call(
    'export',
    mostly([
      "{ to: 'a.safetensors', format: 'safetensors' }",
      "{ to: '../a', format: 'tfjs' }",
      "{ to: '', format: 'onnx' }",
      "{ path: 'card', format: 'huggingface', license: 'x'.repeat(300) }",
    ]),
  ),
  call(
    'repeat',
    mostly(['2', '0', '1000']),
    mostly(['(p) => p.prune(0.2).finetune()', '(p) => p.rewind()', '(p) => 3', '(p) => p.repeat(2, (q) => q)']),
  ),
  call('pipe', mostly(['(p) => p.train()', '(p) => undefined', "stage('mine', (network) => network)"])),
  fc.tuple(fc.constantFrom('then', 'prunes', 'node', 'toString', 'constructor'), value).map(([word, given]) => `${word}(${given})`),
)

const beginning = mostly(['train()', 'init()', 'conv.train()', 'conv.init()', 'many.train()', 'train({ keep: { early: { epoch: 1 } } })'])
const chain = fc.tuple(beginning, fc.array(verb, { maxLength: 5 })).map(([start, verbs]) => [start, ...verbs].join('?.'))

const ofTask = some(
  ['model', mostly(['lenet300()', 'bnConv()', 'lenet5()', 'lenet300({ classes: 3 })', 'conv2()', 'model(10, (tf) => tf.sequential())'])],
  [
    'data',
    mostly([
      'digits()',
      'digits',
      "csv({ from: 'none.csv', classes: 3, input: [1, 2, 1] })",
      'mnist1d()',
      'data({ classes: 10, input: [2, 2, 1], read: () => [] })',
    ]),
  ],
  ['optimizer', mostly(['optimizer', 'sgd({ lr: 0.1 })', 'adamw({ lr: 0.1 })', 'adam'])],
  ['epochs', mostly(['1', '3'])],
  ['seed', mostly(['1'])],
)

const { runnable } = fc.letrec<{ runnable: string }>((tie) => ({
  runnable: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'runnable' },
    chain,
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'train().prune(0.5).finetune()',
        'train({ keep: { early: { epoch: 1 } } }).prune(magnitude(0.8)).rewind("early").train()',
        'conv.train().prune(filterL1(0.5)).shrink().finetune()',
        'init().distill(train({ seed: 1 }), kd())',
        'many.train().mergeMembers()',
      ),
    },
    { weight: 1, arbitrary: ofTask.map((options) => `task(${options}).train()`) },
    { weight: 1, arbitrary: anyPart },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.tuple(name, tie('runnable')), { maxLength: 3 })
        .map((arms) => `compare({ ${arms.map(([label, of]) => `[${label}]: ${of}`).join(', ')} })`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(mostly(['2', '[0, 3]', '0', '[1, 1]', '[]']), mostly(['(seed) => train({ seed })', '() => train()', '(seed) => seed']))
        .map(([which, build]) => `seeds(${which}, ${build})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          mostly([
            '{ s: [0.5, 0.8] }',
            '{ s: [] }',
            '{ s: [0.5, 0.5] }',
            "{ 'a b': [1] }",
            '{ net: { a: conv, b: many } }',
            '{ seed: [0, 1] }',
            '{}',
          ]),
          mostly(['({ s }) => train().prune(s)', '({ net }) => net?.train()', '(at) => at', '({ seed }) => train({ seed })']),
        )
        .map(([axes, build]) => `sweep(${axes}, ${build})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(mostly(['2', '0']), mostly(['(seed) => train({ seed })', '() => init()']))
        .map(([n, build]) => `ensemble(${n}, ${build})`),
    },
  ),
}))

/** Statements that files have beside their pipelines, most of which end them. */
const statement = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  fc.constantFrom(
    "console.log('\\u001b[2J')",
    'params({ lr: 0.1 })',
    'throw null',
    "throw new Error('\\u001b[2J\\nand more')",
    'throw untold',
    'process.exit(3)',
    'setTimeout(() => { throw 1 })',
    'Promise.reject(untold)',
    "await import('./nothing.ts')",
    'const f = (): number => 1 + f(); f()',
    'enum A { b }',
    'const = 3',
    'Object.prototype.kind = 3',
    "Object.defineProperty(Object.prototype, 'b', { get() { throw 1 } })",
    'Array.prototype.map = () => []',
    'Error.prepareStackTrace = () => { throw 1 }',
    'Error.stackTraceLimit = 0',
    'globalThis.structuredClone = undefined as never',
    'postMessage = null',
  ),
  value.map((given) => `params({ lr: ${given} } as never)`),
  value.map((given) => `params(${given} as never)`),
)

const exported = fc.oneof(
  { weight: 6, arbitrary: fc.constant('export default it') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'export const a = it, b = it',
      'export { it }',
      "export { it as 'a b' }",
      "export { it as '\\u001b[2J' }",
      'export default () => it',
      'export default Promise.resolve(it)',
      'export default [it]',
      'export default { it }',
      'export default new Proxy(Object(it), {})',
      'export const then = it',
      'const __proto__ = it; export { __proto__ }',
      'export * from "node:fs"; export default it',
      '',
    ),
  },
)

interface Input {
  readonly program: string
  readonly set: readonly string[]
  readonly target: string
}

export const pipelines: Fuzzer<Input> = {
  name: 'pipelines',
  input: fc.record({
    program: fc.tuple(statement, runnable, exported).map(([before, of, how]) => `${before}\nconst it: any = ${of}\n${how}\n`),
    set: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constantFrom(['lr=0.2'], ['lr=x'], ['lr='], ['lr=1', 'lr=2']) },
    ),
    target: fc.oneof(
      { weight: 8, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom('#a', '#default', '#', '#constructor', '#__proto__') },
    ),
  }),
  async run({ program, set, target }, folder) {
    mkdirSync(join(folder, 'project'))
    writeFileSync(join(folder, 'project/package.json'), '{ "type": "module" }')
    const file = join(folder, 'project/a.pipeline.ts')
    writeFileSync(file, head + program)
    try {
      const prepared = await prepare({
        file: file + target,
        set,
        store: join(folder, 'store'),
        slots: 1,
        threads: 1,
        loadTimeout: 30,
        noCheck: true,
        engine: 'portable',
        device: 'cpu',
        xla: undefined,
      })
      const { graph, store, data, numerics } = prepared
      const plan = await makePlan(graph, store, data, numerics)
      await foreseeNetworks(prepared, plan)
      store.close()
      return undefined
    } catch (cause) {
      const sentence = sentenceOf(cause)
      if (/did not finish loading/.test(sentence)) throw new Error(`${sentence}\n${program}`)
      return sentence
    }
  },
}
