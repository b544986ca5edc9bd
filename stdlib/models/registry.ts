/** What the names in model descriptions mean. */
import { PipelineProblem } from '../../dsl/problem.ts'
import type { Json, Spec } from '../../dsl/stage.ts'
import { buildFitNet, type FitNet } from '../distill/fitnet.ts'
import { buildSimKd, type SimKd } from '../distill/simkd.ts'
import type { LayersModel, Tf } from '../engine.ts'
import { buildBatchEnsemble, type Members } from './batch-ensemble.ts'
import { buildBnConv } from './bn-conv.ts'
import { buildConvNet } from './conv-net.ts'
import { buildConv2 } from './conv2.ts'
import { buildLeNet5 } from './lenet5.ts'
import { buildLeNet300, buildWide } from './lenet300.ts'
import { buildMobileNetV2 } from './mobilenet-v2.ts'
import { buildPreResNet } from './pre-resnet.ts'
import { layersOf } from './rebuild.ts'
import { buildResNet, buildResNetX4 } from './resnet.ts'
import { rebuilt, shrunkOf } from './shrunk.ts'
import { undrawn } from './undrawn.ts'
import { buildVgg } from './vgg.ts'
import { buildWrn } from './wrn.ts'

export type ModelBuilder = (tf: Tf, options: { readonly [name: string]: Json }) => LayersModel

export const modelBuilders: { readonly [name: string]: ModelBuilder } = {
  batchEnsemble: (tf, options) => {
    const { of, members } = options as unknown as Members // what batchEnsemble() wrote
    return fromOther(buildModel(tf, of), (base) => buildBatchEnsemble(tf, base, members))
  },
  bnConv: buildBnConv,
  conv2: buildConv2,
  convNet: buildConvNet,
  fitnet: (tf, options) => {
    const fitnet = options as unknown as FitNet // what fitnetSpec wrote
    return buildFitNet(tf, buildModel(tf, fitnet.student), fitnet)
  },
  lenet300: buildLeNet300,
  lenet5: buildLeNet5,
  mobilenetV2: buildMobileNetV2,
  preResNet: buildPreResNet,
  resnet: buildResNet,
  resnetX4: buildResNetX4,
  shrunk: (tf, options) => {
    const { of, widths } = shrunkOf(options)
    return fromOther(buildModel(tf, of), (base) => rebuilt(tf, base, widths))
  },
  simkd: (tf, options) => {
    const simkd = options as unknown as SimKd // what simkdSpec wrote
    return buildSimKd(tf, buildModel(tf, simkd.student), buildModel(tf, simkd.teacher), simkd)
  },
  vgg: buildVgg,
  wide: buildWide,
  wrn: buildWrn,
}

/** @throws PipelineProblem for a name that is not registered, and for images that the network's layers cannot take */
export function buildModel(tf: Tf, { name, options }: Spec): LayersModel {
  const builder = Object.hasOwn(modelBuilders, name) ? modelBuilders[name] : undefined
  if (builder === undefined) {
    throw new PipelineProblem({
      title: `There is no network called ${JSON.stringify(name)}.`,
      facts: [['known', Object.keys(modelBuilders).join(', ')]],
      hint: 'Use one of the known ones.',
    })
  }
  const { input } = options
  if (!Array.isArray(input)) return undrawn(tf, () => builder(tf, options))
  try {
    const model = undrawn(tf, () => builder(tf, options))
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
