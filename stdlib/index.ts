/** The package `espalier` as a pipeline file imports it: the language, and descriptions of the built-in parts. */
export * from '../dsl/index.ts'
export { type Cifar100Options, type CifarOptions, cifar10, cifar100 } from './data/cifar.ts'
export { type CsvOptions, type CsvTargetOptions, csv } from './data/csv.ts'
export { digits } from './data/digits.ts'
export { type EmnistPart, emnist } from './data/emnist.ts'
export { type FashionOptions, f10k, fashion } from './data/fashion.ts'
export {
  type ColumnOptions,
  type HubOptions,
  hub,
  type ImageFolderOptions,
  imageFolder,
  type ParquetOptions,
  type ParquetTableOptions,
  type ParquetTargetOptions,
  type PictureOptions,
  parquet,
} from './data/images.ts'
export { type IdxOptions, idx, kmnist, type MnistOptions, mnist } from './data/mnist.ts'
export { type Mnist1dOptions, mnist1d } from './data/mnist1d.ts'
export { type NpyOptions, type NpyTargetOptions, npy } from './data/npy.ts'
export type { SplitOptions, TestOptions } from './data/splits.ts'
export type { ColumnsOptions, NumbersOptions, TargetOptions } from './data/table.ts'
export { type ByteTextOptions, type MobyDickOptions, mobyDick, type TextOptions, text } from './data/text.ts'
export { type LayerFeatures, type Loss, type LossInputs, type LossOptions, loss } from './distill/custom.ts'
export type { LayersModel, Tensor, Tf } from './engine.ts'
export {
  type CustomLayer,
  type InitializerName,
  type LayerOptions,
  layer,
  type Shape,
  type WeightOptions,
  type WeightRole,
} from './layers/custom.ts'
export { fitnetArms, kdArms, simkdArms, simkdTable } from './methods/distillation.ts'
export { type DpfArmsOptions, type DpfOptions, dpf, dpfArms } from './methods/dpf.ts'
export { type DsdOptions, dsd, dsdArms } from './methods/dsd.ts'
export { type GmpArmsOptions, type GmpOptions, gmp, gmpArms } from './methods/gradual-magnitude-pruning.ts'
export { type GranetOptions, granet } from './methods/granet.ts'
export { deepEnsemble, ensembleKD, latentBEArms } from './methods/latent-be.ts'
export { lrRewinding, type RetrainingOptions, retrainingArms } from './methods/learning-rate-rewinding.ts'
export { type ConnectivityOptions, instability, linearModeConnectivity } from './methods/linear-mode-connectivity.ts'
export { type ImpOptions, imp, type LotteryArmsOptions, lotteryArms } from './methods/lottery-ticket.ts'
export { type OneShotOptions, oneShotArms } from './methods/one-shot.ts'
export { type PruningAtInitOptions, pruningAtInitArms } from './methods/pruning-at-init.ts'
export { type RethinkingOptions, rethinkingArms, scratchBEpochs } from './methods/rethinking.ts'
export { type RiglOptions, rigl, sparseTrainingArms } from './methods/rigl.ts'
export { type SetOptions, set } from './methods/set.ts'
export { type SnipOptions, snip, snipArms } from './methods/snip.ts'
export { type MetricFunction, type MetricInputs, type MetricOptions, metric } from './metrics/custom.ts'
export { type AttentionOptions, selfAttention } from './models/blocks/attention.ts'
export type { ClassesOption } from './models/blocks/description.ts'
export { type BatchEnsembleOptions, batchEnsemble } from './models/networks/batch-ensemble.ts'
export { type BnConv, bnConv } from './models/networks/bn-conv.ts'
export { type ConvNet, convNet } from './models/networks/conv-net.ts'
export { type Conv2, conv2 } from './models/networks/conv2.ts'
export { model } from './models/networks/custom.ts'
export { type Imported, type ImportedOptions, imported } from './models/networks/imported.ts'
export { type LeNet5, lenet5 } from './models/networks/lenet5.ts'
export { type LeNet300, lenet300, type Wide, wide } from './models/networks/lenet300.ts'
export { type Lstm, type LstmOptions, lstm } from './models/networks/lstm.ts'
export { type MobileNetV2, mobilenetV2 } from './models/networks/mobilenet-v2.ts'
export { type PreResNet, type PreResNetDepth, preResNet } from './models/networks/pre-resnet.ts'
export { type ResNet, type ResNetDepth, type ResNetX4, resnet, resnet8x4, resnet32x4 } from './models/networks/resnet.ts'
export { type Vgg, type VggDepth, vgg } from './models/networks/vgg.ts'
export { type Vit, type VitDepth, type VitOptions, vit } from './models/networks/vit.ts'
export { type Wrn, type WrnDepth, type WrnOptions, wrn } from './models/networks/wrn.ts'
export type { Layer, SymbolicTensor } from './models/structure/rebuild.ts'
export type { Initializer } from './network.ts'
export { type CompressionOptions, sparsityFor } from './prune/compression.ts'
export { type ObjectiveFunction, type ObjectiveInputs, objective } from './training/custom-objective.ts'
