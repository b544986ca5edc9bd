/** The implementations of network descriptions. */
import type { Json } from '../dsl/check/canonical.ts'
import { PipelineProblem } from '../dsl/check/problem.ts'
import type { Spec } from '../dsl/parts/spec.ts'
import { distillersNetworks } from './distill/registry.ts'
import type { Engine, LayersModel, Tf } from './engine.ts'
import type { ModelBuilder, NetworkName } from './models/blocks/description.ts'
import { buildBatchEnsemble } from './models/networks/batch-ensemble.ts'
import { buildBnConv } from './models/networks/bn-conv.ts'
import { buildConvNet } from './models/networks/conv-net.ts'
import { buildConv2 } from './models/networks/conv2.ts'
import { buildCustom } from './models/networks/custom.ts'
import { buildImported } from './models/networks/imported.ts'
import { buildLeNet5 } from './models/networks/lenet5.ts'
import { buildLeNet300, buildWide } from './models/networks/lenet300.ts'
import { buildLstm } from './models/networks/lstm.ts'
import { buildMobileNetV2 } from './models/networks/mobilenet-v2.ts'
import { buildPreResNet } from './models/networks/pre-resnet.ts'
import { buildResNet, buildResNetX4 } from './models/networks/resnet.ts'
import { buildShrunk } from './models/networks/shrunk.ts'
import { buildVgg } from './models/networks/vgg.ts'
import { buildVit } from './models/networks/vit.ts'
import { buildWrn } from './models/networks/wrn.ts'
import { layersOf } from './models/structure/rebuild.ts'
import { uninitialised } from './models/structure/uninitialised.ts'
import { entryOf, type Registry } from './registry.ts'
import { BoundNetwork } from './training/bound-network.ts'
import { noFunctions, type UserFunctions } from './user-functions.ts'

const networks = {
  bnConv: buildBnConv,
  conv2: buildConv2,
  convNet: buildConvNet,
  lenet300: buildLeNet300,
  lenet5: buildLeNet5,
  lstm: buildLstm,
  mobilenetV2: buildMobileNetV2,
  preResNet: buildPreResNet,
  resnet: buildResNet,
  resnetX4: buildResNetX4,
  vgg: buildVgg,
  vit: buildVit,
  wide: buildWide,
  wrn: buildWrn,
} satisfies { readonly [N in NetworkName]: ModelBuilder }

const builders: Registry<ModelBuilder> = {
  ...networks,
  ...distillersNetworks,
  batchEnsemble: buildBatchEnsemble,
  custom: buildCustom,
  imported: buildImported,
  shrunk: buildShrunk,
}

/**
 * @param functions the functions of custom models
 * @throws PipelineProblem for an unregistered name, and for images that the network's layers cannot accept
 */
export function buildModel(tf: Tf, { name, options }: Spec, functions: UserFunctions = noFunctions): LayersModel {
  const builder = entryOf('network', builders, name)
  const build = () => uninitialised(tf, () => builder(tf, options, { functions, other: (spec) => buildModel(tf, spec, functions) }))
  const { input } = options
  if (!Array.isArray(input)) return build()
  try {
    const model = build()
    if (layersOf(model).every((layer) => !layer.inboundNodes[0]!.outputTensors[0]!.shape.includes(0))) return model
    model.dispose()
    throw tooSmall(name, input, 'a pooling or a stride leaves nothing of them')
  } catch (cause) {
    throw cause instanceof PipelineProblem ? cause : tooSmall(name, input, (cause as Error).message.split('\n')[0]!)
  }
}

/** Built, with its variables on the engine. */
export const boundNetwork = (engine: Engine, spec: Spec, functions?: UserFunctions): BoundNetwork =>
  new BoundNetwork(engine, spec, buildModel(engine.tf, spec, functions))

const tooSmall = (name: string, images: readonly Json[], reason: string) =>
  new PipelineProblem({
    title: `${name} cannot be made for images of ${images.join(' × ')}.`,
    facts: { reason },
    hint: 'Choose another network for these data, or larger images.',
  })
