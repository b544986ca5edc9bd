/** Every way to learn, on real digits, through a worker's steps. */
import { expect, test } from 'vitest'
import { readArtifact } from '../../../runtime/store/artifact.ts'
import {
  adam,
  at,
  bnConv,
  compare,
  crd,
  digits,
  dist,
  dkd,
  ensemble,
  fitnet,
  rkd,
  sgd,
  simkd,
  sp,
  srrl,
  task,
} from '../../../stdlib/index.ts'
import { artifactsOf, graphOf, runIn } from '../execution/running.ts'
import { temporaryStore } from '../store/temporary-store.ts'

const small = task({ model: bnConv([4, 8]), data: digits(), optimizer: adam({ lr: 1e-2 }), epochs: 2 })
const large = task({ model: bnConv([8, 16]), data: digits(), optimizer: adam({ lr: 1e-2 }), epochs: 2 })
const teacher = large.train()
const two = ensemble(2, (seed) => large.train({ seed }))

const arms = {
  dkd: small.init().distill(teacher, dkd({ warmup: 2 })),
  dkdOfTwo: small.init().distill(two, dkd({ warmup: 0 })),
  dist: small.init().distill(teacher, dist()),
  distOfTwo: small.init().distill(two, dist()),
  fitnet: small.init().distill(teacher, fitnet({ student: 'conv2', teacher: 'conv2', beta: 1 })),
  at: small.init().distill(teacher, at({ student: ['conv1', 'conv2'], teacher: ['conv1', 'conv2'], kl: 1 })),
  sp: small.init().distill(teacher, sp({ kl: 1 })),
  rkd: small.init().distill(teacher, rkd()),
  srrl: small.init().distill(teacher, srrl({ kl: 1 })),
  crd: small.init().distill(teacher, crd({ negatives: 256, width: 16 })),
}

test('SimKD of two teachers trains, and what comes out is the whole network', async () => {
  const store = await temporaryStore()
  const ran = await runIn(store, graphOf(compare({ taught: small.init().distill(two, simkd()) })))
  expect(ran.events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const { topology } = await readArtifact(store.objects, artifactsOf(ran)['taught/distill']!)
  expect(topology.parameters.filter(({ trainable, role }) => !trainable && role === 'kernel').map(({ name }) => name)).toEqual([
    'teacher_out/kernel',
    'teacher2_out/kernel',
  ])
  expect(ran.end.results[0]!.metrics['test/accuracy']).toBeGreaterThan(0.2)
})

test('each trains, learns something, and leaves the student as it was built: nothing of a head, nothing of the teacher', async () => {
  const store = await temporaryStore()
  const ran = await runIn(store, graphOf(compare(arms)))
  expect(ran.events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  const names = ['conv1/kernel', 'bn1/gamma', 'bn1/beta', 'bn1/moving_mean', 'bn1/moving_variance']
  const layers = [...names, ...names.map((name) => name.replace('1', '2')), 'out/kernel', 'out/bias']
  const digests = new Set<string>()
  for (const [name, digest] of Object.entries(artifactsOf(ran)).filter(([path]) => path.endsWith('/distill'))) {
    const { topology, weights } = await readArtifact(store.objects, digest!)
    expect([name, topology.model.name, [...weights.keys()].toSorted()]).toEqual([name, 'bnConv', layers.toSorted()])
    digests.add(digest!)
  }
  expect(digests.size).toBe(Object.keys(arms).length)
  // Chance is a tenth.
  for (const { path, metrics } of ran.end.results) expect([path, metrics['test/accuracy']! > 0.2]).toEqual([path, true])
})

test('FitNets learn at the rate and with the weight of the published tables', async () => {
  const rate = { data: digits(), optimizer: sgd({ lr: 0.05 }), epochs: 2 }
  const [student, taught] = [task({ ...rate, model: bnConv([4, 8]) }), task({ ...rate, model: bnConv([8, 16]) }).train()]
  const hinted = student.init().distill(taught, fitnet({ student: 'conv2', teacher: 'conv2', kl: 1 }))
  const ran = await runIn(await temporaryStore(), graphOf(compare({ hinted })))
  expect(ran.events.filter(({ event }) => event === 'stage-failed')).toEqual([])
  expect(ran.end.results[0]!.metrics['test/accuracy']).toBeGreaterThan(0.2)
})
