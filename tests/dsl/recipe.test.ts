import { expect, test } from 'vitest'
import { compile } from '../../dsl/language/compile.ts'
import { digits, lenet300, sgd, task } from '../../stdlib/index.ts'

const { train } = task({ model: lenet300(), data: digits(), optimizer: sgd({ lr: 0.1 }), epochs: 2 })

interface CardOptions {
  readonly card?: { readonly license?: string; readonly recipe: readonly string[] }
  readonly normalize?: unknown
}

test('a model card is told each step that led to its network, with options, without data and places', () => {
  const pruned = train().prune(0.8).finetune({ epochs: 1 })
  const { stages } = compile({ default: pruned.export({ format: 'huggingface', path: 'models/pruned', license: 'mit' }) })
  const { card, normalize } = stages.find(({ kind }) => kind === 'export')!.options as CardOptions
  expect(card!.license).toBe('mit')
  expect(normalize).toEqual({ data: digits().spec })
  expect(card!.recipe.map((line) => line.split(' ')[0])).toEqual(['init', 'train', 'prune', 'finetune'])
  const [, trained, cut] = card!.recipe.map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)) as unknown)
  expect(trained).toMatchObject({ epochs: 2, optimizer: { kind: 'sgd' }, seed: 0 })
  expect(trained).not.toHaveProperty('data')
  expect(cut).toMatchObject({ sparsity: 0.8, criterion: { kind: 'magnitude' } })
})
