import { expect, test } from 'vitest'
import { Gathered } from '../../../runtime/store/gathered.ts'

/** Answers when asked to. */
function work() {
  const asked: (readonly number[])[] = []
  const answers: (() => void)[] = []
  let failing = false
  const gathered = new Gathered<number, string>(async (items) => {
    asked.push(items)
    await new Promise<void>((resolve) => answers.push(resolve))
    if (failing) throw new Error('no')
    return items.map((item) => `answer ${item}`)
  }, 3)
  return {
    ...{ asked, gathered },
    fails: () => {
      failing = true
    },
    async answer() {
      while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve))
      answers.shift()!()
    },
  }
}

test('what comes while something is being done is done together next, in its order, so many at a time; each gets its own answer', async () => {
  const { asked, gathered, answer } = work()
  const first = [gathered.do(1), gathered.do(2)]
  await answer()
  expect(await Promise.all(first)).toEqual(['answer 1', 'answer 2'])
  const alone = gathered.do(3)
  while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve))
  const later = [4, 5, 6, 7].map((item) => gathered.do(item))
  for (let i = 0; i < 3; i++) await answer()
  expect(await Promise.all([alone, ...later])).toEqual([3, 4, 5, 6, 7].map((item) => `answer ${item}`))
  expect(asked).toEqual([[1, 2], [3], [4, 5, 6], [7]])
  await gathered.idle()
})

test('what fails fails for all that was done with it, and the next goes on', async () => {
  const { asked, gathered, answer, fails } = work()
  fails()
  const ends = Promise.allSettled([gathered.do(1), gathered.do(2)])
  await answer()
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = gathered.do(3).catch(() => 'failed')
  await answer()
  expect(await next).toBe('failed')
  expect(asked).toEqual([[1, 2], [3]])
})
