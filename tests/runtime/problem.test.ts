import * as Effect from 'effect/Effect'
import { expect, test } from 'vitest'
import { renderProblem, StageFailure, StoreProblem } from '../../runtime/problem.ts'

test('a problem prints its title, its facts with aligned values, and what to do', () => {
  const problem = {
    title: 'It broke.',
    facts: [['stage', 'dense/train'] as const, ['loss at step 3', 'NaN\nand more'] as const],
    hint: 'Lower it.',
  }
  expect(renderProblem(problem)).toBe(
    ['It broke.', '  stage           dense/train', '  loss at step 3  NaN', '                  and more', 'Lower it.'].join('\n'),
  )
  expect(renderProblem({ title: 'It broke.', facts: [], hint: '' })).toBe('It broke.')
})

test('a problem is an error with a stack, a tag to catch it by, and its text as the message', async () => {
  const failure = new StageFailure({
    kind: 'diverged',
    transient: false,
    title: 'Diverged.',
    facts: [['step', '3']],
    hint: 'Lower the learning rate.',
  })
  expect(failure).toBeInstanceOf(Error)
  expect(failure.message).toBe('Diverged.\n  step  3\nLower the learning rate.')
  expect(failure.stack).toContain('problem.test.ts')
  const caught = Effect.fail(failure).pipe(Effect.catchTag('StageFailure', ({ kind }) => Effect.succeed(kind)))
  expect(await Effect.runPromise(caught)).toBe('diverged')
  expect(failure).not.toBeInstanceOf(StoreProblem)
})
