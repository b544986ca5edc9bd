import { expect, test } from 'vitest'
import { runEndLines } from '../../../runtime/terminal/run-end-view.ts'
import { RunStory } from '../../../runtime/views/run-end.ts'

const failed = (path: string, title: string, hint = 'Lower the learning rate.') =>
  ({ event: 'stage-failed', path, kind: 'train', problem: { title, facts: [['epoch', '1']], hint } }) as const
const done = { event: 'done', ok: false, interrupted: false, seconds: 1, results: [] } as const
const counts = { total: 4, hit: 0, run: 0, resumed: 0, failed: 4, skipped: 0 }

test('stages that failed alike are told once, whatever numbers stand in their reasons, others by themselves', () => {
  const story = new RunStory()
  for (const event of [
    failed('seed=0/hot/train', 'Training diverged: the loss is 3.418e+32 at step 1.'),
    failed('seed=1/hot/train', 'Training diverged: the loss is -4.2 at step 12.'),
    failed('seed=0/a/prune', 'Pruning would remove every weight of layer fc1.'),
    failed('seed=0/b/prune', 'Pruning would remove every weight of layer fc2.'),
  ])
    story.note(event)
  const lines = runEndLines(story.end({ ...done, stages: counts }), { columns: 80 })
  expect(lines.slice(0, 14)).toEqual([
    '',
    '✗ seed=0/hot/train',
    '✗ seed=1/hot/train',
    '  Training diverged: the loss is 3.418e+32 at step 1.',
    '    epoch  1',
    '  Lower the learning rate.',
    '',
    '✗ seed=0/a/prune',
    '  Pruning would remove every weight of layer fc1.',
    '    epoch  1',
    '  Lower the learning rate.',
    '',
    '✗ seed=0/b/prune',
    '  Pruning would remove every weight of layer fc2.',
  ])
})
