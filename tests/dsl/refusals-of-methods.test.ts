/** Methods, schedules and options that do not fit, refused where types are not checked. */
import { expect, test } from 'vitest'
import {
  adam,
  adamw,
  at,
  crd,
  criterion,
  cubic,
  dataOf,
  dist,
  dkd,
  ensemble,
  filterCriterion,
  filterL1,
  fitnet,
  gradient,
  kd,
  latentBE,
  linear,
  magnitude,
  movement,
  nm,
  oneCycle,
  oneShot,
  PipelineProblem,
  random,
  rkd,
  sgd,
  simkd,
  slimming,
  sp,
  srrl,
  sweep,
  task,
  throughout,
} from '../../dsl/index.ts'
import { conv, dots, members, tiny } from './tiny.ts'

const setting = { data: dots(), optimizer: adam({ lr: 1e-3 }), epochs: 20 }
const { init, train, pretrained } = task({ ...setting, model: tiny() })
const big = task({ ...setting, model: conv() })
const many = task({ ...setting, model: members(4) })
/** No examples held back for validation. */
const onTest = dataOf({ name: 'dots', options: { validation: 'test' } }, 10)
const two = ensemble(2, (seed) => big.train({ seed }))

/** Gets past the compiler, as a file that is run without its types. */
const untyped = (value: unknown): never => value as never

const refusal = (mistake: () => unknown): PipelineProblem => {
  try {
    mistake()
  } catch (problem) {
    if (problem instanceof PipelineProblem) return problem
    throw problem
  }
  throw new Error('was accepted')
}

test.each<[title: string, mistake: () => unknown]>([
  ['filterL1() removes channels, and tiny does not fit.', () => train().prune(untyped(filterL1(0.5)))],
  ['slimming() removes channels, and tiny does not fit.', () => train().prune(untyped(slimming(0.5)))],
  ["conv has no layer called 'conv9'.", () => big.train().prune(untyped(filterL1({ conv9: 0.5 })))],
  ['movement() looks at how weights move, so it prunes during training.', () => train().prune(untyped(movement(0.5)))],
  ['gradient() chooses once, so it cannot follow a schedule.', () => train().prune(untyped(gradient(0.5)), { schedule: cubic() })],
  ['slimming() chooses once, so it cannot follow a schedule.', () => big.train().dpf(untyped(slimming(0.5)))],
  ['schedule says how the sparsity grows.', () => train().prune(0.5, untyped({ schedule: 'cubic' }))],
  ['schedule says how the sparsity grows.', () => train().prune(0.5, untyped({ epochs: 3 }))],
  ['dpf() prunes during training.', () => train().dpf(0.5, untyped({ schedule: oneShot() }))],
  ['dpf() takes a fraction, a fraction for each layer, or a pruner.', () => train().dpf(untyped('0.9'))],
  ['The sparsity would fall: it starts above where it ends.', () => train().prune(0.5, { schedule: cubic({ from: 0.6 }) })],
  [
    'Pruning at once trains nothing, so it has no options for training.',
    () => train().prune(0.5, untyped({ schedule: oneShot(), epochs: 3 })),
  ],
  ['Pruning to an N:M pattern is done at once, without a schedule.', () => train().prune(untyped(nm(2, 4)), { schedule: cubic() })],
  [
    'A criterion that looks at the gradient chooses once, so it cannot follow a schedule.',
    () => train().prune(untyped(criterion(0.5, (weights) => weights, { gradient: {} })), { schedule: cubic() }),
  ],
  ['filterCriterion() needs a function.', () => filterCriterion(0.5, untyped(3))],
  ['Pruning to an N:M pattern is done at once, without a schedule.', () => train().dpf(untyped(nm(2, 4)))],
  ['A seed is for masks that are drawn at random, and this one is not.', () => nm(2, 4, { seed: 3 })],
  ["prune() has no option 'keep'.", () => train().prune(0.5, untyped({ schedule: cubic(), keep: { a: 1 } }))],
  ["prune() has no option 'steps'.", () => train().prune(0.5, untyped({ schedule: cubic(), every: { steps: 3 } }))],
  ["filterL1() has no option 'outputLayer'.", () => filterL1(0.5, untyped({ outputLayer: 'same' }))],
  ["magnitude() has no option 'seed'.", () => magnitude(0.5, untyped({ seed: 1 }))],
  ['There is one budget, for the whole network.', () => filterL1({ macs: 0.5, conv1: 0.5 })],
  ['There is one budget, for the whole network.', () => filterL1({ macs: 0.5, parameters: 0.5 })],
  ['A budget of latency needs the time that each layer takes, and no other budget does.', () => filterL1({ latency: 0.5 })],
  [
    'A budget of latency needs the time that each layer takes, and no other budget does.',
    () => filterL1({ macs: 0.5 }, untyped({ milliseconds: { conv1: 1 } })),
  ],
  ['The table of times lacks the layer out.', () => big.train().prune(filterL1({ latency: 0.5 }, { milliseconds: { conv1: 1 } }))],
  [
    "conv has no layer called 'conv9'.",
    () => big.train().prune(filterL1({ latency: 0.5 }, { milliseconds: { conv1: 1, out: 1, conv9: 1 } })),
  ],
  ['random() takes its options as an object.', () => random(0.5, untyped(3))],
  ['There is no mask to shuffle.', () => train().reinit({ shuffleMask: true })],
  [
    'Kept weights under the same mask would be no change.',
    () =>
      train()
        .prune(0.5)
        .reinit(untyped({ weights: 'keep' })),
  ],
  [
    "he and signs are for weights that are drawn, and weights: 'keep' draws none.",
    () =>
      train()
        .prune(0.5)
        .reinit(untyped({ shuffleMask: true, weights: 'keep', signs: 'init' })),
  ],
  [
    'seed and draw both choose the random numbers.',
    () =>
      train()
        .prune(0.5)
        .reinit(untyped({ seed: 3, draw: 1 })),
  ],
  [
    'fitnet() looks into one teacher, and conv does not fit.',
    () => big.init().distill(two, untyped(fitnet({ student: 'out', teacher: 'out' }))),
  ],
  ["conv has no layer called 'deep'.", () => big.init().distill(big.train(), untyped(fitnet({ student: 'out', teacher: 'deep' })))],
  ["tiny has no layer called 'conv1'.", () => init().distill(big.train(), untyped(fitnet({ student: 'conv1', teacher: 'out' })))],
  ['fitnet() needs a layer of the student and one of the teacher.', () => fitnet(untyped({ student: 'out' }))],
  ['at() needs layers by name.', () => at(untyped({ student: 'out', teacher: ['out'] }))],
  ['at() needs layers by name.', () => at({ student: [], teacher: [] })],
  ['at() compares layers in pairs.', () => at({ student: ['a'], teacher: ['b', 'c'] })],
  ["conv has no layer called 'deep'.", () => big.init().distill(big.train(), untyped(at({ student: ['out'], teacher: ['deep'] })))],
  ['rkd() looks into one teacher, and conv does not fit.', () => big.init().distill(two, untyped(rkd()))],
  ['rkd() reads features of networks without members, and members does not fit.', () => many.init().distill(big.train(), untyped(rkd()))],
  ['crd() looks into one teacher, and conv does not fit.', () => big.init().distill(two, untyped(crd()))],
  [
    'fitnet() reads features of a student without members, and members does not fit.',
    () => many.init().distill(big.train(), untyped(fitnet({ student: 'out', teacher: 'out' }))),
  ],
  [
    'simkd() reads features of networks without members, and members does not fit.',
    () => many.init().distill(big.train(), untyped(simkd())),
  ],
  [
    'simkd() reads features of networks without members, and members does not fit.',
    () => big.init().distill(many.train(), untyped(simkd())),
  ],
  ['sp() reads the last feature map, and tiny does not fit.', () => init().distill(big.train(), untyped(sp()))],
  ['simkd() reads the last feature map, and tiny does not fit.', () => init().distill(big.train(), untyped(simkd()))],
  ['latentBE() gives each member a teacher of its own, and members does not fit.', () => many.init().distill(two, untyped(latentBE()))],
  ['latentBE() gives each member a teacher of its own, and conv does not fit.', () => big.init().distill(big.train(), untyped(latentBE()))],
  ['step is the size of a perturbation, and there is none.', () => latentBE(untyped({ perturbation: 'none', step: 1 }))],
  ['export() writes below the folder of the project.', () => train().export({ format: 'tfjs', path: '../a' })],
  ['export() writes below the folder of the project.', () => train().export({ format: 'tfjs', path: '/tmp/a' })],
  ['export() writes below the folder of the project.', () => train().export({ format: 'tfjs', path: 'a\\..\\b' })],
  ['export() writes below the folder of the project.', () => train().export(untyped({ format: 'tfjs' }))],
  ['export() does not know this value of format.', () => train().export(untyped({ format: 'hdf5', path: 'a.h5' }))],
  ['pretrained() needs a file of weights.', () => pretrained({ from: 'a.pt' })],
  ['pretrained() needs a file of weights.', () => pretrained(untyped({}))],
  ['pretrained() does not take this for fresh.', () => pretrained(untyped({ from: 'a.safetensors', fresh: 'out' }))],
  ['pretrained() does not take this for names.', () => pretrained(untyped({ from: 'a.safetensors', names: { conv1: 1 } }))],
  ['pretrained() does not know this value of layout.', () => pretrained(untyped({ from: 'a.safetensors', layout: 'onnx' }))],
  ['export() writes onnx to a file of that name.', () => train().export({ format: 'onnx', path: 'network' })],
  ['export() takes layout for safetensors only.', () => train().export(untyped({ format: 'onnx', path: 'a.onnx', layout: 'pytorch' }))],
  [
    'export() does not know this value of layout.',
    () => train().export(untyped({ format: 'safetensors', path: 'a.safetensors', layout: 1 })),
  ],
  [
    "export() writes load.py for PyTorch's layout only.",
    () => train().export({ format: 'safetensors', path: 'a.safetensors', loader: true }),
  ],
  ['export() takes loader for safetensors only.', () => train().export(untyped({ format: 'tfjs', path: 'a', loader: true }))],
  ['export() takes license for huggingface only.', () => train().export(untyped({ format: 'tfjs', path: 'a', license: 'mit' }))],
  ['export() does not know this value of license.', () => train().export({ format: 'huggingface', path: 'a', license: 'a\nb' })],
  ['export() takes normalize for onnx only.', () => train().export(untyped({ format: 'tfjs', path: 'a', normalize: true }))],
  [
    'export() does not know this value of foldBatchNorm.',
    () => train().export(untyped({ format: 'onnx', path: 'a.onnx', foldBatchNorm: 1 })),
  ],
  ['ensemble() takes TRAINED networks.', () => ensemble(2, (seed) => untyped(init({ seed })))],
  ['ensemble() takes TRAINED networks.', () => ensemble(2, () => untyped(7))],
  [
    'distill() learns from a TRAINED teacher that predicts the SAME classes as the student.',
    () => train().distill(untyped(sweep({ a: [1] }, () => train()))),
  ],
  ['sweep() needs a function.', () => sweep({ a: [1] }, untyped(train()))],
  ['sweep() takes pipelines and studies.', () => sweep({ a: [1] }, () => untyped(7))],
  ["sgd() has no option 'biases'.", () => sgd({ lr: 0.1, weightDecay: untyped({ biases: 1 }) })],
])('%s', (title, mistake) => {
  expect(refusal(mistake).title).toBe(title)
})

test.each<[verb: string, option: string, value: string, allowed: string, mistake: () => unknown]>([
  ['cubic()', 'end', '1.5', 'more than begin (0), up to 1', () => cubic({ end: 1.5 })],
  ['cubic()', 'end', '0.2', 'more than begin (0.5), up to 1', () => cubic({ begin: 0.5, end: 0.2 })],
  ['linear()', 'begin', '-1', 'from 0 up to but not including 1', () => linear({ begin: -1 })],
  ['linear()', 'to', '1', 'from 0 to lr (0.1)', () => linear(0.1, { to: 1 })],
  ['oneCycle()', 'rise', '1', 'more than 0 and less than 1', () => oneCycle(0.1, { rise: 1 })],
  ['prune()', 'every', '0', 'a whole number, 1 or more', () => train().prune(0.5, { schedule: cubic(), every: 0 })],
  [
    'prune()',
    'mode',
    "'thaw'",
    "'freeze', 'soft', 'recover', 'regrow'",
    () => train().prune(0.5, { schedule: cubic(), mode: untyped('thaw') }),
  ],
  [
    'prune()',
    'mode',
    "'regrow'",
    "'freeze', 'soft', 'recover'",
    () => big.train().prune(filterL1(0.5), { schedule: throughout(), mode: 'regrow' }),
  ],
  [
    'prune()',
    'mode',
    "'regrow'",
    "'freeze', 'soft', 'recover'",
    () => big.train().prune(filterL1(0.5)).prune(0.5, { schedule: throughout(), mode: 'regrow' }),
  ],
  ['nm()', 'n', '4', 'a whole number from 1 to 3', () => nm(4, 4)],
  ['nm()', 'm', '1', 'a whole number from 2 to 64', () => nm(1, 1)],
  [
    'prune()',
    'regrow',
    'an object with fraction',
    "nothing without mode: 'regrow'",
    () => train().prune(0.5, untyped({ schedule: cubic(), regrow: { fraction: 0.3 } })),
  ],
  [
    'prune()',
    'regrow.fraction',
    '1.5',
    'from 0 to 1',
    () => train().prune(0.5, { schedule: cubic(), mode: 'regrow', regrow: { fraction: 1.5 } }),
  ],
  ['dpf()', 'every', '1.5', 'a whole number, 1 or more', () => train().dpf(0.5, { every: 1.5 })],
  [
    'dpf()',
    'channels',
    "'kernels'",
    "nothing but with filterL1() and its like in dpf() or mode: 'soft'",
    () => train().dpf(0.5, { channels: 'kernels' }),
  ],
  ['dpf()', 'select', "'validation/accuracy'", "'last'", () => train().dpf(0.5, { select: 'validation/accuracy' })],
  [
    'train()',
    'select',
    "'test/accuracy'",
    "'last', 'validation/accuracy', 'validation/loss'",
    () => train({ select: untyped('test/accuracy') }),
  ],
  ['kd()', 'alpha', '0.9', 'nothing with ce or kl', () => kd(untyped({ alpha: 0.9, kl: 1 }))],
  ['kd()', 'kl', '-1', '0 or more', () => kd({ kl: -1 })],
  ['sp()', 'temperature', '2', 'nothing without kl', () => sp({ temperature: 2 })],
  ['dkd()', 'warmup', '-1', 'a whole number, 0 or more', () => dkd({ warmup: -1 })],
  ['dist()', 'gamma', '-1', '0 or more', () => dist({ gamma: -1 })],
  ['crd()', 'momentum', '1', 'from 0 up to but not including 1', () => crd({ momentum: 1 })],
  ['crd()', 'negatives', '0', 'a whole number, 1 or more', () => crd({ negatives: 0 })],
  ['srrl()', 'temperature', '2', 'nothing without kl', () => srrl({ temperature: 2 })],
  ['rkd()', 'angle', '-1', '0 or more', () => rkd({ angle: -1 })],
  ['fitnet()', 'temperature', '2', 'nothing without kl', () => fitnet({ student: 'a', teacher: 'b', temperature: 2 })],
  [
    'train()',
    'earlyStop',
    '100',
    "nothing with validation: 'test'",
    () => task({ ...setting, model: tiny(), data: onTest }).train({ earlyStop: 100 }),
  ],
  ['prune()', 'every.epochs', '0', 'a whole number, 1 or more', () => train().prune(0.5, { schedule: cubic(), every: { epochs: 0 } })],
  ['filterL1()', 'macs', '1', 'from 0 up to but not including 1', () => filterL1({ macs: 1 })],
  ['slimming()', 'milliseconds.conv1', '-1', '0 or more', () => slimming({ latency: 0.5 }, { milliseconds: { conv1: -1 } })],
  ['gradient()', 'batches', '0', 'a whole number, 1 or more', () => gradient(0.5, { batches: 0 })],
  ['random()', 'seed', '-1', 'a whole number from 0 to 2147483647', () => random(0.5, { seed: -1 })],
  ['magnitude()', 'minimum', '-1', 'a whole number, 0 or more', () => magnitude(0.5, { minimum: -1 })],
  [
    'reinit()',
    'signs',
    "'early'",
    "'init'",
    () =>
      train()
        .prune(0.5)
        .reinit(untyped({ signs: 'early' })),
  ],
  ['reinit()', 'draw', '-1', 'a whole number from 0 to 1000', () => train().prune(0.5).reinit({ draw: -1 })],
  ['rewind()', 'epoch', '21', 'a whole epoch after 0, up to 20', () => train().rewind({ epoch: 21 })],
  ['rewind()', 'epoch.step', '0', 'a whole number of steps after 0', () => train().rewind({ step: 0 })],
  ['train()', 'precision', "'bfloat16'", "'float32', 'mixed'", () => train({ precision: 'bfloat16' as never })],
  ['train()', 'xla', "'yes'", 'true, false', () => train({ xla: 'yes' as never })],
  ['train()', 'labelSmoothing', '1', 'from 0 up to but not including 1', () => train({ labelSmoothing: 1 })],
  ['task()', 'clipNorm', '0', 'more than 0', () => task({ ...setting, model: tiny(), clipNorm: 0 })],
  ['finetune()', 'ema', '1', 'from 0 up to but not including 1', () => train().finetune({ ema: 1 })],
  ['latentBE()', 'step', '0', 'more than 0', () => latentBE({ step: 0 })],
  ['mergeMembers()', 'member', '4', 'a whole number from 0 to 3', () => many.train().mergeMembers({ member: 4 })],
  ['simkd()', 'factor', '0', 'a whole number, 1 or more', () => simkd({ factor: 0 })],
  ['fitnet()', 'beta', '-1', '0 or more', () => fitnet({ student: 'a', teacher: 'b', beta: -1 })],
  ['adamw()', 'weightDecay', '-1', '0 or more', () => adamw({ lr: 0.1, weightDecay: -1 })],
  ['sgd()', 'weightDecay.kernels', '-1', '0 or more', () => sgd({ lr: 0.1, weightDecay: { kernels: -1 } })],
  ['ensemble()', 'members', '0', 'a whole number from 1 to 1000', () => ensemble(0, (seed) => train({ seed }))],
  ['prune()', 'schedule', 'cubic()', 'oneShot()', () => train().prune(untyped(gradient(0.5)), { schedule: cubic() })],
  ['dpf()', 'schedule', 'cubic()', 'oneShot()', () => train().dpf(untyped(gradient(0.5)))],
  ['prune()', 'schedule', 'oneShot(), the default', 'cubic(), linear() or throughout()', () => train().prune(untyped(movement(0.5)))],
])('%s refuses %s %s, allowed %s', (verb, option, value, allowed, mistake) => {
  const { facts } = refusal(mistake)
  expect(Object.fromEntries(facts)).toMatchObject({ verb, option, value, allowed })
  expect(Object.fromEntries(facts).at).toMatch(/tests\/dsl\/refusals-of-methods\.test\.ts:\d+:\d+$/)
})

test('repeat() says when a mask is lost', () => {
  const pruned = train().prune(0.5).finetune()
  expect(refusal(() => pruned.repeat(2, (p) => untyped(p.dense().finetune()))).facts).toContainEqual(['lost', 'the unstructured mask'])
})

test('interpolate() tells both networks, masks too', () => {
  const { title, facts } = refusal(() =>
    train()
      .prune(0.5)
      .finetune()
      .interpolate(untyped(train({ seed: 1 })), 0.5),
  )
  expect(title).toMatch(/SAME architecture and the same kind of mask/)
  expect(Object.fromEntries(facts)).toMatchObject({
    masks: 'unstructured',
    other: expect.stringMatching(/with trained weights and masks: none$/),
  })
})

test('a part that was not called is told to be', () => {
  const { facts, hint } = refusal(() => task(untyped({ ...setting, model: tiny(), data: cubic })))
  expect(Object.fromEntries(facts)).toMatchObject({ option: 'data', value: 'the function cubic' })
  expect(hint).toMatch(/^If cubic makes a part of a pipeline, call it: cubic\(\)\./)
})
