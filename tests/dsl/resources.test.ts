import { expect, test } from 'vitest'
import { compare, cubic, ensemble, kd, type PipelineProblem, type Runnable, sgd, task } from '../../dsl/index.ts'
import { compile } from '../../dsl/language/compile.ts'
import { manifestOf } from '../../runtime/plan/manifest.ts'
import { conv, dots } from './tiny.ts'

const setting = { model: conv(), data: dots(), optimizer: sgd({ lr: 0.1 }), epochs: 2 } as const
const plain = task(setting)
const asking = task({ ...setting, resources: { device: 'gpu', memory: '6 GB' } })
const stages = (target: Runnable) => compile({ default: target }).stages
const askedFor = (target: Runnable) => Object.fromEntries(stages(target).map(({ path, resources }) => [path, resources]))

test('what a task asks of the machine is asked by every stage of its pipelines, measuring at the end among them', () => {
  const own = { device: 'gpu', memory: 6e9 }
  expect(askedFor(asking.train().prune(0.5).rewind().train().recalibrate())).toEqual({
    init: own,
    train: own,
    prune: own,
    rewind: own,
    'train#2': own,
    recalibrate: own,
    evaluate: own,
  })
  expect(stages(plain.train().prune(0.5)).filter((stage) => 'resources' in stage)).toEqual([])
})

test('every verb that trains says its own, one for one', () => {
  const resources = { memory: '1.5 TB' } as const
  const wanted = { device: 'gpu', memory: 1.5e12 }
  const trained = asking.train()
  for (const [path, target] of Object.entries({
    train: asking.train({ resources }),
    finetune: trained.finetune({ resources }),
    prune: trained.prune(0.5, { schedule: cubic(), resources }),
    dpf: trained.dpf(0.5, { resources }),
    distill: asking.init().distill(trained, kd(), { resources }),
  })) {
    const asked = askedFor(target)
    expect(asked[path]).toEqual(wanted)
    expect(asked.evaluate).toEqual({ device: 'gpu', memory: 6e9 })
  }
  expect(askedFor(plain.train({ resources: { device: 'cpu' } }))).toMatchObject({ init: undefined, train: { device: 'cpu' } })
})

test('a teacher asks what its own task says', () => {
  const asked = askedFor(plain.init().distill(asking.train()))
  expect(asked.distill).toBeUndefined()
  expect(asked['teacher/train']).toEqual({ device: 'gpu', memory: 6e9 })
})

test('what is asked of Slurm is taken over from the task one for one, and is in no key', () => {
  const slurm = { partition: 'short', time: '60', options: ['--constraint=ib'] } as const
  const train = task({ ...setting, resources: { slurm } }).train({ resources: { slurm: { partition: 'long', gres: 'gpu:1' } } })
  expect(askedFor(train).train).toEqual({ slurm: { ...slurm, partition: 'long', gres: 'gpu:1' } })
  const digest = `sha256:${'a'.repeat(64)}` as const
  expect(JSON.stringify(stages(train).map((stage) => manifestOf(stage, { model: digest }, digest)))).not.toContain('long')
})

test('it is in no key, and stages that differ in nothing else have one', () => {
  const digest = `sha256:${'a'.repeat(64)}` as const
  const [plainly, asked] = [plain.train(), asking.train()].map((target) =>
    stages(target).map((stage) => manifestOf(stage, { model: digest }, digest)),
  )
  expect(asked).toEqual(plainly)
  expect(JSON.stringify(asked)).not.toContain('resources')
})

test('stages that ask for something else stand beside each other', () => {
  const study = compare({ a: plain.train(), b: plain.train({ resources: { device: 'cpu' } }), c: plain.train() })
  expect(stages(study).map(({ path }) => path)).toEqual(['a/init', 'a/train', 'a/evaluate', 'b/train', 'b/evaluate'])
})

test('members of an ensemble are measured as the first one’s task asks', () => {
  expect(askedFor(ensemble(2, (seed) => asking.train({ seed }))).evaluate).toEqual({ device: 'gpu', memory: 6e9 })
})

test.each<[says: string, resources: unknown, facts: object]>([
  ['train() does not know this value of device.', { device: 'tpu' }, { value: "'tpu'", allowed: "'cpu', 'gpu'" }],
  ['train() was given memory that is not an amount.', { memory: '6GB' }, { value: "'6GB'" }],
  ['train() was given memory that is not an amount.', { memory: 6 }, { value: '6', allowed: "a number and MB, GB or TB, '1 MB' or more" }],
  ['train() was given memory that is not an amount.', { memory: '-1 GB' }, { option: 'memory' }],
  ['train() was given memory that is not an amount.', { memory: '0.5 MB' }, { option: 'memory' }],
  ['train() was given memory that is not an amount.', { memory: '1e3 GB' }, { option: 'memory' }],
  ["resources of train() has no option 'gpus'.", { gpus: 1 }, { options: 'device, memory, slurm' }],
  ['train() was given a partition for Slurm that is not valid.', { slurm: { partition: 'a b' } }, { option: 'slurm.partition' }],
  ['train() was given a time for Slurm that is not valid.', { slurm: { time: 60 } }, { value: '60' }],
  ["resources.slurm of train() has no option 'nodes'.", { slurm: { nodes: 2 } }, { options: 'partition, account, time, gres, options' }],
  ...(
    [
      ['-p gpu', 'it is not of the form --name or --name=value'],
      ['--comment=a\nb', 'it is not of the form --name or --name=value'],
      ['--array=0-9', 'Espalier gives it itself'],
      ['--time=60', 'there is time for it'],
    ] as const
  ).map(([option, why]): [string, unknown, object] => [
    'train() was given an option for sbatch that it cannot pass on.',
    { slurm: { options: [option] } },
    { option: 'slurm.options', why },
  ]),
  ['Resources are an object.', 'gpu', { option: 'resources', value: "'gpu'" }],
])('%s', (title, resources, facts) => {
  try {
    plain.train({ resources: resources as never })
  } catch (cause) {
    const problem = cause as PipelineProblem
    expect(problem.title).toBe(title)
    expect(Object.fromEntries(problem.facts)).toMatchObject(facts)
    expect(Object.fromEntries(problem.facts).at).toMatch(/tests\/dsl\/resources\.test\.ts:\d+:\d+$/)
    return
  }
  throw new Error('it was taken')
})
