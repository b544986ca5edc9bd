import { describe, expect, test } from 'vitest'
import { compare, ensemble } from '../../../dsl/index.ts'
import { compile } from '../../../dsl/language/compile.ts'
import { deepEnsemble, ensembleKD, latentBEArms } from '../../../stdlib/methods/latent-be.ts'
import { big, many, optionsOf, says } from './chain.ts'

const teachers = deepEnsemble(4, (seed) => big.train({ seed }))

describe('one network of an ensemble', () => {
  const arms = latentBEArms({
    teachers,
    student: big.init({ seed: 9 }),
    latent: (method) => many.init({ seed: 9 }).distill(teachers, method).mergeMembers(),
    perturbations: ['tdivSdiv', 'gaussian'],
  })

  test('has the ensemble, plain distillation and each perturbation beside it', () => {
    expect(Object.keys(arms)).toEqual(['ensemble', 'kd', 'latentBE', 'tdivSdiv', 'gaussian'])
    const { kd, latentBE, tdivSdiv, gaussian } = arms as unknown as Record<string, ReturnType<typeof big.train>>
    expect([kd, latentBE, tdivSdiv, gaussian].map((arm) => optionsOf(arm!, 'distill').method)).toEqual([
      { kind: 'kd', temperature: 4, alpha: 1 },
      { kind: 'latentBE', temperature: 4, alpha: 1, perturbation: { kind: 'none', step: 0 } },
      { kind: 'latentBE', temperature: 4, alpha: 1, perturbation: { kind: 'tdivSdiv', step: 1 / 255 } },
      { kind: 'latentBE', temperature: 4, alpha: 1, perturbation: { kind: 'gaussian', step: 1 / 255 } },
    ])
    expect(says(latentBE!)).toMatch(/merge$/)
  })

  test('all students learn from the same four teachers, trained once', () => {
    const { stages } = compile({ default: compare(arms) })
    expect(stages.filter(({ kind }) => kind === 'train')).toHaveLength(4)
    const taught = stages.filter(({ kind }) => kind === 'distill')
    expect(taught).toHaveLength(4)
    expect(new Set(taught.map(({ inputs }) => JSON.stringify({ ...inputs, model: '' }))).size).toBe(1)
  })
})

test('plain distillation takes the mean of the teachers, and α and τ as told', () => {
  const student = ensembleKD(
    big.init(),
    ensemble(2, (seed) => big.train({ seed })),
    { temperature: 2 },
  )
  expect(optionsOf(student, 'distill').method).toEqual({ kind: 'kd', temperature: 2, alpha: 1 })
  expect(Object.keys(compile({ default: student }).stages.find(({ kind }) => kind === 'distill')!.inputs)).toEqual([
    'model',
    'teacher',
    'teacher2',
  ])
})
