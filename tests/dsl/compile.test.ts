import { describe, expect, test } from 'vitest'
import type { Graph, Stage } from '../../dsl/graph/stage.ts'
import { adam, compare, cosine, kd, magnitude, seeds, sgd, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { conv, dots, tiny } from './tiny.ts'

const optimizer = adam({ lr: cosine(1e-3) })
const { init, train } = task({ model: tiny(), data: dots(), optimizer, epochs: 20 })
const big = task({ model: conv(), data: dots(), optimizer, epochs: 8 })

const paths = (graph: Graph) => graph.stages.map(({ path }) => path)
const at = (graph: Graph, path: string): Stage => {
  const stage = graph.stages.find((one) => one.path === path)
  if (stage === undefined) throw new Error(`no stage ${path} among ${paths(graph).join(', ')}`)
  return stage
}
const options = (graph: Graph, path: string) => at(graph, path).options as Record<string, unknown>

describe('equal expressions are one stage', () => {
  test('a prefix that two arms share', () => {
    const graph = compile({ default: compare({ a: train().prune(0.9).finetune(), b: train().prune(0.9).rewind().train() }) })
    expect(paths(graph)).toEqual(['a/init', 'a/train', 'a/prune', 'a/finetune', 'a/evaluate', 'b/rewind', 'b/train#2', 'b/evaluate'])
    expect(at(graph, 'b/rewind').inputs).toEqual({ model: { stage: at(graph, 'a/prune').id }, to: { stage: at(graph, 'a/init').id } })
  })

  test('written twice, in other objects, targets and orders of option names', () => {
    const again = task({
      epochs: 20,
      optimizer: adam({ lr: cosine(1e-3, { to: 0 }), beta1: 0.9 }),
      data: dots(),
      model: tiny(),
      batch: 64,
      seed: 0,
    })
    const graph = compile({
      default: train({ epochs: 5, seed: 0 }).prune({ fc1: 0.5, fc2: 0.9 }),
      again: again.init().train({ seed: 0, epochs: 5 }).prune({ fc2: 0.9, fc1: 0.5 }),
    })
    expect(paths(graph)).toEqual(['init', 'train', 'prune', 'evaluate'])
    expect(graph.targets.map(({ arms }) => arms[0]?.model)).toEqual(['s2', 's2'])
  })

  test('in whatever order the options of a description come', () => {
    const { spec, arch } = conv()
    const turned = {
      kind: 'model' as const,
      spec: { options: Object.fromEntries(Object.entries(spec.options).reverse()), name: spec.name },
      arch,
    }
    expect(Object.keys(turned.spec.options)).not.toEqual(Object.keys(spec.options))
    const same = task({ model: turned, data: dots(), optimizer, epochs: 8 })
    expect(compile({ default: compare({ a: big.train(), b: same.train() }) }).stages).toHaveLength(3)
  })

  test('a default, written out or left out', () => {
    const graph = compile({
      default: compare({
        a: train().prune(0.9).distill(big.train()),
        b: train()
          .prune(magnitude(0.9, { scope: 'global', of: 'remaining', exclude: [], outputLayer: 'same' }))
          .distill(big.train(), kd({ alpha: 0.9, temperature: 4 }), { epochs: 20 }),
      }),
    })
    expect(graph.targets[0]?.arms[0]?.model).toBe(graph.targets[0]?.arms[1]?.model)
  })

  test('the measurement at the end, written or not', () => {
    const graph = compile({ default: compare({ a: train(), b: train().evaluate() }) })
    expect(paths(graph)).toEqual(['a/init', 'a/train', 'a/evaluate'])
    expect(graph.targets[0]?.arms.map(({ metrics }) => metrics)).toEqual(['s2', 's2'])
  })

  test('not when a seed, an option or an input differs', () => {
    const graph = compile({ default: compare({ a: train(), b: train({ seed: 1 }), c: train({ lr: 0.1 }), d: train().train() }) })
    expect(graph.stages.filter(({ verb }) => verb === 'train')).toHaveLength(4)
  })

  test('keeping a snapshot does not make another training', () => {
    const graph = compile({ default: compare({ a: train(), b: train({ keep: { early: 2 } }) }) })
    expect(graph.stages).toHaveLength(3)
  })
})

describe('snapshots', () => {
  test('rewinding to an epoch inside a training refers to it, and the next training starts there', () => {
    const graph = compile({
      default: train({ keep: { early: 2 } })
        .prune(0.8)
        .rewind('early')
        .train(),
    })
    expect(at(graph, 'rewind').inputs).toEqual({ model: { stage: at(graph, 'prune').id }, to: { stage: at(graph, 'train').id, epoch: 2 } })
    expect(options(graph, 'train')).toMatchObject({ from: 0, epochs: 20 })
    expect(options(graph, 'train#2')).toMatchObject({ from: 2, epochs: 20 })
  })

  test('distillation starts there too, and pruning in between does not lose the place', () => {
    const graph = compile({
      default: train({ keep: { early: 2 } })
        .rewind('early')
        .prune(0.5)
        .distill(big.train())
        .train(),
    })
    expect(options(graph, 'distill')).toMatchObject({ from: 2 })
    expect(options(graph, 'train#2')).toMatchObject({ from: 0 })
  })

  test('a snapshot between stages makes no stage and starts a new phase', () => {
    const graph = compile({ default: train().snapshot('a').prune(0.5).finetune().rewind('a').train() })
    expect(paths(graph)).toEqual(['init', 'train', 'prune', 'finetune', 'rewind', 'train#2', 'evaluate'])
    expect(at(graph, 'rewind').inputs).toMatchObject({ to: { stage: at(graph, 'train').id } })
    expect(options(graph, 'train#2')).toMatchObject({ from: 0 })
  })

  test('the last epoch kept is the output itself', () => {
    const kept = train({ keep: { end: 20 } })
      .prune(0.5)
      .finetune()
      .rewind('end')
    const named = train().snapshot('end').prune(0.5).finetune().rewind('end')
    const graph = compile({ default: compare({ kept, named }) })
    expect(graph.targets[0]?.arms[0]?.model).toBe(graph.targets[0]?.arms[1]?.model)
  })

  test('the same name again means the latest', () => {
    const graph = compile({ default: train().snapshot('x').train().snapshot('x').train().rewind('x') })
    expect(at(graph, 'rewind').inputs).toMatchObject({ to: { stage: at(graph, 'train#2').id } })
  })
})

describe('what a verb means without options', () => {
  test('fine-tuning goes on at a tenth of the peak rate, constant; rewinding its rate replays the schedule', () => {
    const graph = compile({
      default: compare({ plain: train().finetune(), replay: train().finetune({ lr: 'rewind' }), chosen: train().finetune({ lr: 3e-4 }) }),
    })
    const rate = (path: string) => options(graph, path).optimizer
    expect(at(graph, 'plain/finetune').kind).toBe('train')
    expect(rate('plain/finetune')).toEqual({ kind: 'adam', lr: { kind: 'constant', lr: 1e-4 }, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
    expect(rate('replay/finetune')).toEqual(optimizer.spec)
    expect(rate('chosen/finetune')).toMatchObject({ lr: { kind: 'constant', lr: 3e-4 } })
    expect(options(graph, 'plain/finetune')).toMatchObject({ epochs: 20, from: 0, batch: 64, seed: 0 })
  })

  test("a seed at the task's own verbs is the pipeline's; later verbs take it unless told otherwise", () => {
    const graph = compile({ default: train({ seed: 7 }).prune(0.5).finetune().train({ seed: 9 }).reinit().train() })
    expect(options(graph, 'init')).toMatchObject({ seed: 7 })
    expect(options(graph, 'train')).toMatchObject({ seed: 7 })
    expect(options(graph, 'finetune')).toMatchObject({ seed: 7 })
    expect(options(graph, 'train#2')).toMatchObject({ seed: 9 })
    expect(options(graph, 'reinit')).toEqual({ seed: 1_000_007 })
    expect(options(graph, 'train#3')).toMatchObject({ seed: 7 })
  })

  test('pruning counts the weights that are left, over the whole network', () => {
    const graph = compile({ default: compare({ number: train().prune(0.9), layers: train().prune({ fc1: 0.5 }) }) })
    const prune = { criterion: { kind: 'magnitude' }, of: 'remaining', exclude: [], outputLayer: 'same' }
    expect(options(graph, 'number/prune')).toEqual({ ...prune, scope: 'global', sparsity: 0.9 })
    expect(options(graph, 'layers/prune')).toEqual({ ...prune, scope: 'layer', sparsity: { fc1: 0.5 } })
  })

  test('distillation is kd at temperature 4 with weight 0.9', () => {
    const graph = compile({ default: init().distill(big.train()) })
    expect(options(graph, 'distill')).toMatchObject({ method: { kind: 'kd', temperature: 4, alpha: 0.9 }, epochs: 20 })
  })

  test('sgd has momentum 0.9 and no weight decay', () => {
    expect(sgd({ lr: 0.1 }).spec).toEqual({
      kind: 'sgd',
      lr: { kind: 'constant', lr: 0.1 },
      momentum: 0.9,
      nesterov: false,
      weightDecay: 0,
    })
  })
})

describe('paths and labels', () => {
  test("a verb's second time is numbered, and a teacher's stages stand under it", () => {
    const teacher = big.init().distill(train({ seed: 1 }))
    const graph = compile({
      default: train()
        .distill(teacher)
        .distill(big.train({ seed: 2 }))
        .train(),
    })
    expect(paths(graph)).toEqual([
      'init',
      'train',
      'teacher/init',
      'teacher/teacher/init',
      'teacher/teacher/train',
      'teacher/distill',
      'distill',
      'teacher#2/init',
      'teacher#2/train',
      'distill#2',
      'train#2',
      'evaluate',
    ])
  })

  test('labels lead from the outside in, and an axis inside itself is numbered', () => {
    const study = seeds([3, 5], (seed) => compare({ dense: train({ seed }), more: compare({ x: train({ seed }).prune(0.5) }) }))
    const arms = compile({ default: study }).targets[0]?.arms ?? []
    expect(arms.map(({ path }) => path)).toEqual(['seed=3/dense', 'seed=3/more/x', 'seed=5/dense', 'seed=5/more/x'])
    expect(arms[3]?.labels).toEqual([
      { axis: 'seed', value: '5' },
      { axis: 'arm', value: 'more' },
      { axis: 'arm2', value: 'x' },
    ])
    const twice = compile({ default: seeds(1, () => seeds([4], (seed) => train({ seed }))) })
    expect(twice.targets[0]?.arms[0]?.path).toBe('seed=0/seed2=4')
  })

  test('a baseline is a mark on its label, and changes no stage', () => {
    const arms = { dense: train(), pruned: train().prune(0.5) }
    const [named, plain] = [compare(arms, { baseline: 'pruned' }), compare(arms)].map((study) => compile({ default: study }))
    expect(named!.stages).toEqual(plain!.stages)
    expect(named!.targets[0]?.arms.map(({ labels }) => labels)).toEqual([
      [{ axis: 'arm', value: 'dense' }],
      [{ axis: 'arm', value: 'pruned', baseline: true }],
    ])
  })

  test('a target that is not the default leads with its name; a name already taken is numbered', () => {
    const graph = compile({ default: compare({ imp: train() }), imp: train({ seed: 1 }) })
    expect(paths(graph)).toEqual(['imp/init', 'imp/train', 'imp/evaluate', 'imp/init#2', 'imp/train#2', 'imp/evaluate#2'])
    expect(graph.targets.map(({ name, arms }) => [name, arms[0]?.path])).toEqual([
      ['default', 'imp'],
      ['imp', 'imp#2'],
    ])
  })

  test('a lone pipeline is called by its target', () => {
    expect(compile({ default: train(), other: train() }).targets.map(({ arms }) => arms[0])).toEqual([
      { path: 'default', labels: [], model: 's1', metrics: 's2' },
      { path: 'other', labels: [], model: 's1', metrics: 's2' },
    ])
  })
})

test('long loops compile without deep recursion', () => {
  const graph = compile({ default: train().repeat(5_000, (p) => p.prune(0.001).train()) })
  expect(graph.stages).toHaveLength(3 + 2 * 5_000)
})

test('the graph is plain data', () => {
  const { functions: _, ...graph } = compile({
    default: seeds(2, (seed) =>
      train({ seed, keep: { a: 1 } })
        .rewind('a')
        .distill(big.train()),
    ),
  })
  expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
  expect(structuredClone(graph)).toEqual(graph)
})

test('what is no pipeline is not compiled', () => {
  expect(() => compile({ default: { train } as never })).toThrow("'default' is neither a pipeline nor a study.")
})
