/** Small networks and data as descriptions: the language never looks behind them. */
import { type Arch, type BatchEnsemble, type Data, dataOf, type Model, modelOf } from '../../dsl/index.ts'

export interface Tiny extends Arch {
  readonly classes: 10
  readonly layers: { readonly fc1: 8; readonly fc2: 4; readonly out: 10 }
  readonly channels: 'has no channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

export const tiny = (): Model<Tiny> =>
  modelOf({ name: 'tiny', options: {} }, {
    classes: 10,
    layers: { fc1: 8, fc2: 4, out: 10 },
    channels: 'has no channels',
    norm: 'no batch-norm',
    features: 'feature vector',
    members: 1,
  } satisfies Tiny)

export const conv = () =>
  modelOf({ name: 'conv', options: { width: 4, depth: 2 } }, {
    classes: 10,
    layers: { conv1: 4, out: 10 },
    channels: 'has channels',
    norm: 'batch-norm',
    features: 'feature map',
    members: 1,
  } as const)

/** conv() with members inside. */
export const members = <N extends number>(count: N) => {
  const of = conv()
  type Of = (typeof of)['arch']
  return modelOf<BatchEnsemble<Of, N>>(
    { name: 'members', options: { of: { ...of.spec }, count } },
    { ...of.arch, members: count, of: of.arch },
  )
}

export const dots = (): Data<10> => dataOf({ name: 'dots', options: {} }, 10)
