/** What the names in model descriptions mean. */
import { PipelineProblem } from '../../dsl/check/problem.ts'
import type { Json, Spec } from '../../dsl/graph/stage-options.ts'
import { buildFitNet, type FitNet } from '../distill/fitnet.ts'
import { buildSimKd, type SimKd } from '../distill/simkd.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { noFunctions, type OwnFunctions } from '../own-functions.ts'
import { buildBatchEnsemble, type Members } from './batch-ensemble.ts'
import { buildBnConv } from './networks/bn-conv.ts'
import { buildConvNet } from './networks/conv-net.ts'
import { buildConv2 } from './networks/conv2.ts'
import { buildLeNet5 } from './networks/lenet5.ts'
import { buildLeNet300, buildWide } from './networks/lenet300.ts'
import { buildMobileNetV2 } from './networks/mobilenet-v2.ts'
import { buildPreResNet } from './networks/pre-resnet.ts'
import { buildResNet, buildResNetX4 } from './networks/resnet.ts'
import { buildVgg } from './networks/vgg.ts'
import { buildWrn } from './networks/wrn.ts'
import { buildOwn, type OwnModel } from './own.ts'
import { layersOf } from './structure/rebuild.ts'
import { rebuilt, shrunkOf } from './structure/shrunk.ts'
import { undrawn } from './structure/undrawn.ts'

export type ModelBuilder = (tf: Tf, options: { readonly [name: string]: Json }, own: OwnFunctions) => LayersModel

export const modelBuilders: { readonly [name: string]: ModelBuilder } = {
  batchEnsemble: (tf, options, own) => {
    const { of, members, spread } = options as unknown as Members // what batchEnsemble() wrote
    return fromOther(buildModel(tf, of, own), (base) => buildBatchEnsemble(tf, base, members, spread))
  },
  bnConv: buildBnConv,
  conv2: buildConv2,
  convNet: buildConvNet,
  custom: (tf, options, own) => buildOwn(tf, options as unknown as OwnModel, own), // what model() wrote
  fitnet: (tf, options, own) => {
    const fitnet = options as unknown as FitNet // what fitnetSpec wrote
    return buildFitNet(tf, buildModel(tf, fitnet.student, own), fitnet)
  },
  lenet300: buildLeNet300,
  lenet5: buildLeNet5,
  mobilenetV2: buildMobileNetV2,
  preResNet: buildPreResNet,
  resnet: buildResNet,
  resnetX4: buildResNetX4,
  shrunk: (tf, options, own) => {
    const { of, widths } = shrunkOf(options)
    return fromOther(buildModel(tf, of, own), (base) => rebuilt(tf, base, widths))
  },
  simkd: (tf, options, own) => {
    const simkd = options as unknown as SimKd // what simkdSpec wrote
    return buildSimKd(tf, buildModel(tf, simkd.student, own), buildModel(tf, simkd.teacher, own), simkd)
  },
  vgg: buildVgg,
  wide: buildWide,
  wrn: buildWrn,
}

/**
 * @param own the functions of models of the user's
 * @throws PipelineProblem for a name that is not registered, and for images that the network's layers cannot take
 */
export function buildModel(tf: Tf, { name, options }: Spec, own: OwnFunctions = noFunctions): LayersModel {
  const builder = Object.hasOwn(modelBuilders, name) ? modelBuilders[name] : undefined
  if (builder === undefined) {
    throw new PipelineProblem({
      title: `There is no network called ${JSON.stringify(name)}.`,
      facts: [['known', Object.keys(modelBuilders).join(', ')]],
      hint: 'Use one of the known ones.',
    })
  }
  const { input } = options
  if (!Array.isArray(input)) return undrawn(tf, () => builder(tf, options, own))
  try {
    const model = undrawn(tf, () => builder(tf, options, own))
    if (layersOf(model).every((layer) => !layer.inboundNodes[0]!.outputTensors[0]!.shape.includes(0))) return model
    model.dispose()
    throw tooSmall(name, input, 'a pooling or a stride leaves nothing of them')
  } catch (cause) {
    throw cause instanceof PipelineProblem ? cause : tooSmall(name, input, (cause as Error).message.split('\n')[0]!)
  }
}

/** The other one is there for its wiring alone: its weights are let go of. */
function fromOther(base: LayersModel, build: (base: LayersModel) => LayersModel): LayersModel {
  const model = build(base)
  base.dispose()
  return model
}

const tooSmall = (name: string, images: readonly Json[], reason: string) =>
  new PipelineProblem({
    title: `${name} cannot be made for images of ${images.join(' × ')}.`,
    facts: [['reason', reason]],
    hint: 'Choose another network for these data, or larger images.',
  })
