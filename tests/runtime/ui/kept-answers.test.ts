import { expect, test } from 'vitest'
import { KeptAnswers } from '../../../runtime/ui/kept-answers.ts'

const keeping = { topics: ['runs'], counts: Number.POSITIVE_INFINITY } as const

function kept() {
  const [versions, made] = [{ runs: 0 }, { count: 0 }]
  const answers = new KeptAnswers(() => versions.runs)
  const make = async () => Buffer.from(String(++made.count))
  const ask = async (question: string, how: typeof keeping | { topics: typeof keeping.topics; counts: number } = keeping) =>
    Buffer.from(await answers.of(question, how, make)).toString()
  return { versions, answers, ask }
}

test('an answer is made once for all who ask at once, until what it tells of changes', async () => {
  const { versions, ask } = kept()
  expect(await Promise.all([ask('/runs'), ask('/runs'), ask('/runs')])).toEqual(['1', '1', '1'])
  expect(await ask('/runs?sort=longest')).toBe('2')
  versions.runs++
  expect(await Promise.all([ask('/runs'), ask('/runs')])).toEqual(['3', '3'])
})

test('an answer that no longer counts is made again, and one that fails is not kept', async () => {
  const { answers, ask } = kept()
  expect([await ask('/runs', { ...keeping, counts: 0 }), await ask('/runs', { ...keeping, counts: 0 })]).toEqual(['1', '2'])
  await expect(answers.of('/failing', keeping, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(Buffer.from(await answers.of('/failing', keeping, async () => Buffer.from('there'))).toString()).toBe('there')
})
