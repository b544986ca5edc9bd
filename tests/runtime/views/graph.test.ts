import { expect, test } from 'vitest'
import { edgesOf, type GraphView, graphView } from '../../../runtime/views/graph.ts'
import { compare, kd, seeds, sweep } from '../../../stdlib/index.ts'
import { graphOf, small } from '../execution/running.ts'

function viewOf(pipeline: Parameters<typeof graphOf>[0]): GraphView {
  const graph = graphOf(pipeline)
  return graphView(
    graph.stages.map(({ path, kind }, i) => ({ path, kind, status: i === 0 ? 'hit' : 'run' })),
    edgesOf(graph),
  )
}

/** `train ← init`, with the role where it is not the network itself. */
const drawn = ({ nodes, edges }: GraphView): string[] => {
  const name = (place: number) => `${nodes[place]!.stage}×${nodes[place]!.count}`
  return edges.map(({ from, to, role, epoch }) =>
    [name(to), '←', name(from), ...(role === 'model' ? [] : [role]), ...(epoch === undefined ? [] : [epoch])].join(' '),
  )
}

test('edges lead from a stage to those that read from it, with the role and the moment of the weights', () => {
  const pipeline = small(2)
    .train({ keep: { early: 1 } })
    .prune(0.5)
    .rewind('early')
  expect(edgesOf(graphOf(pipeline))).toEqual([
    { from: 'init', to: 'train', role: 'model' },
    { from: 'train', to: 'prune', role: 'model' },
    { from: 'prune', to: 'rewind', role: 'model' },
    { from: 'train', to: 'rewind', role: 'to', epoch: 1 },
    { from: 'rewind', to: 'evaluate', role: 'model' },
  ])
})

test('seeds and arms of a sweep are one node each stage, with what they are of', () => {
  const view = viewOf(
    seeds(3, (seed) => sweep({ sparsity: [0.5, 0.9] }, ({ sparsity }) => small().train({ seed }).prune(sparsity).finetune())),
  )
  expect(drawn(view)).toEqual(['train×3 ← init×3', 'prune×6 ← train×3', 'finetune×6 ← prune×6', 'evaluate×6 ← finetune×6'])
  expect(view.nodes[0]).toEqual({
    stage: 'init',
    kind: 'init',
    arms: ['sparsity=0.5'],
    seeds: ['0', '1', '2'],
    states: { hit: 1, resume: 0, run: 2, unknown: 0 },
    count: 3,
  })
  expect(view.nodes[2]!.arms).toEqual(['sparsity=0.5', 'sparsity=0.9'])
})

test('arms that go other ways are apart from their first stage on; several teachers are one role', () => {
  const [first, second] = [small().train({ seed: 1 }), small().train({ seed: 2 })]
  const view = viewOf(
    compare({
      plain: small().train({ seed: 3 }),
      taught: small().init().distill(first, kd()),
      taughtToo: small().init().distill(second, kd()),
    }),
  )
  expect(drawn(view)).toEqual([
    'train×1 ← init×1',
    'evaluate×1 ← train×1',
    'train×2 ← init×2',
    'distill×2 ← init×1',
    'distill×2 ← train×2 teacher',
    'evaluate×2 ← distill×2',
    'evaluate×2 ← train×2 teacher',
  ])
})
