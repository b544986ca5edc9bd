import { describe, expect, test } from 'vitest'
import type { GradualPruning } from '../../../dsl/graph/stage-options.ts'
import type { Observer } from '../../../runtime/training/observer.ts'
import { Step } from '../../../runtime/training/step.ts'
import { trainingLoop } from '../../../runtime/training/training-loop.ts'
import { fromLabels } from '../../../stdlib/training/objective.ts'
import { FakeTrainer, fakeStage, options, weightAfter } from './fake-training.ts'

const at = (step: number) => Step.of({ step }, 8)
const examples = { count: 80, ahead: () => undefined }
const loop = (observers: readonly Observer[], from = 0, more = {}, trainer = new FakeTrainer()) =>
  trainingLoop({ options: { ...options, ...more }, examples, objective: fromLabels, trainer }, at(from), observers).then((ended) => ({
    ended,
    trainer,
  }))

describe('the loop', () => {
  test('takes every step with what follows from its number', async () => {
    const { trainer } = await loop([])
    expect(trainer.taken.map(({ position }) => position)).toEqual(Array.from({ length: 24 }, (_, i) => i))
    expect(trainer.taken.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 24 }, (_, i) => Math.floor(i / 8)))
    expect(trainer.taken[6]!.learningRate).toBe(0.75)
    // Every example once an epoch.
    expect(
      trainer.taken
        .slice(8, 16)
        .flatMap(({ indices }) => [...indices])
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 80 }, (_, i) => i))
  })

  test('from a later point takes the steps that it would have taken', async () => {
    const [whole, rest] = [(await loop([])).trainer.taken, (await loop([], 13)).trainer.taken]
    expect(rest).toEqual(whole.slice(13))
  })

  test('of a rewound training counts its own steps from 0 and positions over the horizon', async () => {
    const { trainer } = await loop([], 10, { fromStep: 10 })
    expect(trainer.taken[0]).toMatchObject({ step: 0, position: 10, epoch: 1 })
    expect(trainer.taken).toHaveLength(14)
  })

  describe('whose trainer takes eight steps in a call', () => {
    const long = { epochs: 63 }
    const byEight = async (observers: readonly Observer[] = [], more = {}, losses = {}) => {
      const trainer = new FakeTrainer(losses)
      trainer.together = 8
      await loop(observers, 0, { ...long, ...more }, trainer)
      return trainer
    }

    test('takes the same steps, in calls up to every point that an observer looks at', async () => {
      const one = (await loop([], 0, long)).trainer
      const points = [0, 3, 100, 101, 503]
      const seen: number[] = []
      const trainer = await byEight([
        { looksAt: ({ steps }) => points.includes(steps), after: async ({ steps }) => void (points.includes(steps) && seen.push(steps)) },
        { looksAt: ({ steps }) => steps === 9 },
      ])
      expect(trainer.taken).toEqual(one.taken)
      expect(trainer.weight).toBe(one.weight)
      expect(trainer.calls.slice(0, 4)).toEqual([3, 6, 8, 8])
      expect(trainer.calls.every((steps) => steps <= 8)).toBe(true)
      expect(seen).toEqual([3, 100, 101, 503])
    })

    test('counts every step, and calls the others after the last of a call', async () => {
      const [counted, after, before]: number[][] = [[], [], []]
      await byEight([
        {
          count: ({ steps }) => counted!.push(steps),
          after: async ({ steps }) => void after!.push(steps),
          before: async ({ steps }) => void before!.push(steps),
        },
      ])
      expect(counted).toEqual(Array.from({ length: 504 }, (_, i) => i + 1))
      expect(after).toEqual(Array.from({ length: 63 }, (_, i) => 8 * i + 8))
      expect(before).toEqual(Array.from({ length: 63 }, (_, i) => 8 * i))
    })

    test('ends at the first loss that is none, whatever follows it in the call', async () => {
      const counted: number[] = []
      await expect(byEight([{ count: ({ steps }) => counted.push(steps) }], {}, { 8: 2.5, 11: Number.NaN, 12: 1 })).rejects.toMatchObject({
        title: 'Training diverged: the loss is NaN at step 11.',
        facts: [
          ['epoch', '2'],
          ['learning rate', String(1 - 11 / 504)],
          ['last finite loss', expect.any(String)],
        ],
      })
      expect(counted.at(-1)).toBe(11)
    })

    test('takes them one by one where it is too short for more', async () => {
      expect(new Set((await byEight([], { epochs: 62 })).calls)).toEqual(new Set([1]))
    })
  })

  test('calls observers before and after each step in their order, and at the end', async () => {
    const calls: string[] = []
    const observer = (name: string): Observer => ({
      before: async ({ steps }) => void calls.push(`${name} before ${steps}`),
      async after({ steps }, { correct }) {
        calls.push(`${name} after ${steps}, ${correct} right`)
        return undefined
      },
      atEnd: async () => void calls.push(`${name} at the end`),
    })
    await loop([observer('a'), {}, observer('b')], 22)
    expect(calls).toEqual([
      'a before 22',
      'b before 22',
      'a after 23, 5 right',
      'b after 23, 5 right',
      'a before 23',
      'b before 23',
      'a after 24, 5 right',
      'b after 24, 5 right',
      'a at the end',
      'b at the end',
    ])
  })

  test('takes no step where an observer does something in its place, which counts as one; the first of them does', async () => {
    const seen: string[] = []
    const { trainer } = await loop([
      { instead: async ({ steps }) => (steps === 3 ? { loss: 0.5, correct: 7 } : undefined) },
      {
        async instead({ steps }, { position }) {
          seen.push(`${steps} ${position}`)
          return undefined
        },
      },
      { after: async ({ steps }, { correct }) => void seen.push(`after ${steps}, ${correct} right`) },
    ])
    expect(trainer.taken.map(({ position }) => position)).not.toContain(3)
    expect(trainer.taken).toHaveLength(23)
    expect(seen).toContain('after 4, 7 right')
    expect(seen).toContain('4 4')
    expect(seen).not.toContain('3 3')
  })

  test('the clock of the optimizer stands still where masks take the place of a step', async () => {
    const regrow = { grow: 'gradient', fraction: 0.3, to: 0, end: 0.5 } as const
    const schedule = { kind: 'constant', from: 0, begin: 0, end: 0 } as const
    const pruning = { options: {} as GradualPruning['options'], schedule, every: 5, mode: 'regrow', regrow } as const
    const { trainer } = await loop([], 0, { pruning })
    // Spent are 0, 5 and 10; of an observer that takes no step there is none here.
    const clock = (position: number) => trainer.taken.find((inputs) => inputs.position === position)!.step
    expect([1, 5, 6, 10, 11, 23].map(clock)).toEqual([0, 4, 4, 8, 8, 20])
  })

  test('ends with the outcome that an observer gives; those after it see no more', async () => {
    const calls: string[] = []
    const outcome = { stoppedAt: 3, steps: 24 }
    const { ended, trainer } = await loop([
      { after: async ({ steps }) => (steps === 3 ? outcome : undefined), atEnd: async () => void calls.push('end') },
      {
        async after({ steps }) {
          calls.push(`after ${steps}`)
          return undefined
        },
      },
    ])
    expect(ended).toBe(outcome)
    expect(trainer.taken).toHaveLength(3)
    expect(calls).toEqual(['after 1', 'after 2'])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e10, 1e9])('ends where the loss is %d, before an observer sees it', async (loss) => {
    const seen: number[] = []
    const observer: Observer = {
      async after({ steps }) {
        seen.push(steps)
        return undefined
      },
    }
    const trainer = new FakeTrainer({ 8: 2.5, 9: loss })
    await expect(loop([observer], 0, {}, trainer)).rejects.toMatchObject({
      title: `Training diverged: the loss is ${loss} at step 9.`,
      facts: [
        ['epoch', '2'],
        ['learning rate', String(1 - 9 / 24)],
        ['last finite loss', '2.5'],
      ],
    })
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe('a training', () => {
  test('tells its start, its curves epoch by epoch, and its end', async () => {
    const stage = await fakeStage()
    const { outcome, reports, points } = await stage.run()
    expect(reports[0]).toEqual({ type: 'started', steps: 24, resumedAt: null })
    const series = ['train/loss', 'train/accuracy', 'validation/loss', 'validation/accuracy']
    expect(points.map(({ series, step }) => `${series} ${step}`)).toEqual([
      ...series.map((name) => `${name} 8`),
      ...series.map((name) => `${name} 16`),
      'train/batch-loss 20',
      ...series.map((name) => `${name} 24`),
    ])
    expect(reports.at(-2)).toMatchObject({ type: 'progress', step: 24, steps: 24, epoch: 3, epochs: 3, accuracy: 0.5 })
    expect(outcome).toMatchObject({ metrics: { 'train/accuracy': 0.5, 'training/macs': 7 * 24 * 10 }, snapshots: {} })
    expect(Object.keys('weights' in outcome ? outcome.weights! : {})).toEqual(['1', '2', '3'])
  })

  test('asked to stop writes a checkpoint, and goes on from there to the same bytes and points', async () => {
    const whole = await (await fakeStage()).run({ options: { earlyStop: 5 } })
    const stage = await fakeStage()
    const stopped = await stage.run({ stopAt: 13, options: { earlyStop: 5 } })
    expect(stopped.outcome).toEqual({ stoppedAt: 13, steps: 24 })
    expect(stage.written).toEqual([13])
    const resumed = await stage.run({ job: { resume: true }, options: { earlyStop: 5 } })
    expect(resumed.reports[0]).toEqual({ type: 'started', steps: 24, resumedAt: 13 })
    expect(resumed.trainer.taken).toHaveLength(11)
    expect(resumed.outcome).toEqual(whole.outcome)
    expect(resumed.points).toEqual(whole.points)
  })

  test('asked to stop with its last step is done', async () => {
    const stage = await fakeStage()
    expect((await stage.run({ stopAt: 24 })).outcome).toHaveProperty('artifact')
    expect(stage.written).toEqual([])
  })

  test('writes a checkpoint whenever one is due, but none at the end', async () => {
    const stage = await fakeStage()
    await stage.run({ job: { checkpointEvery: 0 } })
    expect(stage.written[0]).toBe(1)
    expect(Math.max(...stage.written)).toBeLessThan(24)
  })

  test('gives the same bytes and curves when eight steps go in a call, also when it is stopped and goes on', async () => {
    const asked = { options: { epochs: 63, earlyStop: 50 }, job: { keep: [{ step: 13 }, { epoch: 5 }] } }
    const eight = () => Object.assign(new FakeTrainer(), { together: 8 })
    const one = await (await fakeStage()).run(asked)
    const together = await (await fakeStage()).run({ ...asked, trainer: eight() })
    expect(together.outcome).toEqual(one.outcome)
    expect(together.points).toEqual(one.points)
    const stage = await fakeStage()
    // The call that the wish to stop comes in ends first.
    const stopped = await stage.run({ ...asked, trainer: eight(), stopAt: 24 })
    expect(stopped.outcome).toEqual({ stoppedAt: 24, steps: 504 })
    const resumed = await stage.run({ ...asked, trainer: eight(), job: { ...asked.job, resume: true } })
    expect(resumed.outcome).toEqual(one.outcome)
    expect(resumed.points).toEqual(one.points)
  })

  test('keeps weights at the points asked for: inside an epoch, at the end of one, at its own end', async () => {
    const stage = await fakeStage()
    const keep = [{ step: 3 }, { epoch: 1 }, { step: 8 }, { epoch: 3 }]
    const { outcome } = await stage.run({ job: { keep } })
    if ('stoppedAt' in outcome) throw new Error('it stopped')
    expect(Object.keys(outcome.snapshots).sort()).toEqual(['1', '3', 'step 3', 'step 8'])
    for (const [name, point] of [
      ['step 3', { step: 3 }],
      ['1', { epoch: 1 }],
      ['step 8', { step: 8 }],
    ] as const)
      expect(await stage.weightOf(outcome.snapshots[name])).toBe(await weightAfter(point))
    expect(outcome.snapshots['3']).toBe(outcome.artifact)
  })

  test('leaves kept weights that are known as they are', async () => {
    const given = { 'step 3': `sha256:${'0'.repeat(64)}` as const }
    const { outcome } = await (await fakeStage()).run({ job: { keep: [{ step: 3 }, { step: 4 }], given } })
    expect(outcome).toMatchObject({ snapshots: { ...given, 'step 4': expect.any(String) } })
  })

  test('done again for a snapshot ends there, with no result', async () => {
    const stage = await fakeStage()
    const { outcome, trainer } = await stage.run({ job: { keep: [{ step: 11 }], stopAfter: { step: 11 } } })
    expect(trainer.taken).toHaveLength(11)
    expect(outcome).toMatchObject({ artifact: null, metrics: {}, snapshots: { 'step 11': expect.any(String) } })
    expect(Object.keys('weights' in outcome ? outcome.weights! : {})).toEqual(['1'])
  })

  test('done again must come to the weights of the first time at every end of an epoch', async () => {
    const stage = await fakeStage()
    const { outcome } = await stage.run()
    const weights = 'weights' in outcome ? outcome.weights! : {}
    await expect(stage.run({ job: { expected: weights } })).resolves.toBeDefined()
    const trainer = new FakeTrainer()
    await expect(stage.run({ trainer, job: { expected: { ...weights, 2: 'f'.repeat(64) } } })).rejects.toMatchObject({
      title: 'Replaying the training came to other weights than the first time, at the end of epoch 2.',
    })
    expect(trainer.taken).toHaveLength(16)
  })

  test('goes on where a shorter one ended, whose last look for an early stop was on no point of the grid', async () => {
    const stage = await fakeStage()
    const earlyStop = 5
    const constant = { ...options.optimizer, lr: { kind: 'constant', lr: 0.1 } } as const
    const short = await stage.run({ options: { epochs: 2, earlyStop, optimizer: constant }, job: { keepState: true } })
    expect(short.points.filter(({ series }) => series === 'earlyStop/validation/loss').map(({ step }) => step)).toEqual([5, 10, 15, 16])
    const state = 'state' in short.outcome ? short.outcome.state! : null
    const long = await stage.run({ options: { earlyStop, optimizer: constant }, job: { continueFrom: state } })
    const whole = await stage.run({ options: { earlyStop, optimizer: constant } })
    expect(long.trainer.taken).toHaveLength(8)
    expect(long.outcome).toEqual(whole.outcome)
    expect(long.points).toEqual(whole.points)
  })

  test('pruned in its course changes masks before steps, and once more at the end when the last change came too early', async () => {
    const trainer = new FakeTrainer()
    const seen: number[] = []
    trainer.remask = async () => {
      seen.push(trainer.taken.length)
      return 0.25
    }
    const pruning = {
      options: { sparsity: 0.5, criterion: { kind: 'magnitude' }, scope: 'global' },
      schedule: { kind: 'cubic', from: 0, begin: 0, end: 1 },
      every: 10,
      mode: 'freeze',
    } as never
    const stage = await fakeStage()
    const { points } = await stage.run({ trainer, options: { pruning }, parts: { choose: () => new Map() } })
    expect(seen).toEqual([0, 10, 20, 24])
    const flips = points.filter(({ series }) => series === 'prune/flips')
    expect(flips.map(({ step, value }) => [step, value])).toEqual(seen.map((step) => [step, 0.25]))
  })
})
