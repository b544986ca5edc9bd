/** Methods combined: what each becomes, and what they share. */
import { describe, expect, test } from 'vitest'
import {
  type Arch,
  adam,
  cosine,
  ensemble,
  filterL1,
  kd,
  latentBE,
  type Mask,
  type Pipeline,
  type Runnable,
  simkd,
  sweep,
  task,
} from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { conv, dots, members, tiny } from './tiny.ts'

const setting = { data: dots(), optimizer: adam({ lr: cosine(1e-3) }), epochs: 4 }
const small = task({ ...setting, model: tiny() })
const big = task({ ...setting, model: conv() })
const many = task({ ...setting, model: members(4) })

const dsd =
  (sparsity: number) =>
  <A extends Arch, M extends Mask, K extends string>(p: Pipeline<A, 'trained', M, K>) =>
    p.prune(sparsity).finetune().dense().finetune()

const kdPruneRewindKd = (sparsity: number, seed: number) => {
  const teacher = big.train()
  return small
    .init({ seed })
    .distill(teacher, kd({ temperature: 2 }))
    .prune(sparsity)
    .rewind()
    .distill(teacher)
}
const slimSimKd = (sparsity: number, seed: number) =>
  big
    .train({ seed })
    .prune(filterL1(sparsity))
    .shrink()
    .distill(big.train({ seed: seed + 100 }), simkd())
const impKd = (sparsity: number, seed: number) => small.train({ seed }).repeat(10, (p) => p.prune(sparsity).rewind().distill(big.train()))
const latent = (sparsity: number, seed: number) =>
  many
    .init({ seed })
    .distill(
      ensemble(4, (member) => big.train({ seed: member })),
      latentBE(),
    )
    .mergeMembers()
    .prune(filterL1(sparsity))
    .shrink()
    .finetune()
const dsdOfStudent = (sparsity: number, seed: number) => small.init({ seed }).distill(big.train()).pipe(dsd(sparsity))

/** Kinds in order, without the measurement at the end. */
const kinds = (target: Runnable) =>
  compile({ default: target })
    .stages.map(({ kind }) => kind)
    .slice(0, -1)
    .join(' ')

describe('each hybrid is the stages it says', () => {
  test('KD → prune → rewind → KD, one teacher for both', () => {
    expect(kinds(kdPruneRewindKd(0.9, 0))).toBe('init init train distill prune rewind distill')
  })

  test('structured prune → shrink → SimKD', () => {
    expect(kinds(slimSimKd(0.5, 0))).toBe('init train prune shrink init train distill')
  })

  test('ten rounds of IMP with distillation inside the round: the teacher is trained once', () => {
    const { stages } = compile({ default: impKd(0.2, 0) })
    expect(stages).toHaveLength(2 + 2 + 10 * 3 + 1)
    expect(stages.filter(({ kind }) => kind === 'train')).toHaveLength(2)
  })

  test('LatentBE → merge → prune → shrink, with four teachers', () => {
    expect(kinds(latent(0.5, 0))).toBe('init init train init train init train init train distill merge prune shrink train')
  })

  test('dense-sparse-dense of a distilled student', () => {
    expect(kinds(dsdOfStudent(0.5, 0))).toBe('init init train distill prune train dense train')
  })
})

describe('a sweep over sparsity × seed', () => {
  const grid = { sparsity: [0.5, 0.8, 0.9], seed: [0, 1] } as const
  const cells = 3 * 2

  test.each<[name: string, of: (sparsity: number, seed: number) => Runnable, shared: number, bySeed: number, byCell: number]>([
    // What does not depend on the cell, on the seed alone, and on both; the measurement is a cell's own.
    ['KD → prune → rewind → KD', kdPruneRewindKd, 2, 2, 4],
    ['prune → shrink → SimKD', slimSimKd, 0, 4, 4],
    ['IMP with KD', impKd, 2, 2, 31],
    ['LatentBE → merge → prune → shrink', latent, 8, 3, 4],
    ['DSD of a student', dsdOfStudent, 2, 2, 5],
  ])('%s shares what is before the cell', (_, of, shared, bySeed, byCell) => {
    const { stages, targets } = compile({ default: sweep(grid, ({ sparsity, seed }) => of(sparsity, seed)) })
    expect(stages).toHaveLength(shared + 2 * bySeed + cells * byCell)
    expect(targets[0]?.arms).toHaveLength(cells)
  })

  test('labels have the axes, and nest in other studies', () => {
    const arms = compile({ default: sweep(grid, ({ sparsity, seed }) => small.train({ seed }).prune(sparsity)) }).targets[0]?.arms
    expect(arms?.[1]).toMatchObject({
      path: 'sparsity=0.5/seed=1',
      labels: [
        { axis: 'sparsity', value: '0.5' },
        { axis: 'seed', value: '1' },
      ],
    })
    const nested = sweep({ sparsity: [0.5] }, () => sweep({ sparsity: [0.9] }, ({ sparsity }) => small.train().prune(sparsity)))
    expect(compile({ default: nested }).targets[0]?.arms[0]?.path).toBe('sparsity=0.5/sparsity2=0.9')
  })
})

test('values under labels can be anything', () => {
  const study = sweep({ teach: { soft: kd(), hard: kd({ alpha: 0 }) } }, ({ teach }) => small.init().distill(big.train(), teach))
  expect(compile({ default: study }).targets[0]?.arms.map(({ path }) => path)).toEqual(['teach=soft', 'teach=hard'])
})

test.each([
  ['no axis', {}],
  ['an axis without values', { sparsity: [] }],
  ['a value twice', { sparsity: [0.5, 0.5] }],
  ['an axis that is no name', { 'a b': [1] }],
])('%s is refused', (_, axes) => {
  expect(() => sweep(axes, () => small.train())).toThrow(/axis/)
})

test('a thousand stages of a file are a thousand stages', () => {
  const study = sweep({ seed: Array.from({ length: 100 }, (_, seed) => seed) }, ({ seed }) =>
    small
      .train({ seed })
      .repeat(2, (p) => p.prune(0.2).rewind().train())
      .finetune(),
  )
  const { stages } = compile({ default: study })
  expect(stages).toHaveLength(1_000)
  expect(new Set(stages.map(({ path }) => path)).size).toBe(1_000)
})
