/** Networks and data that differ in what the language knows about them. Nothing here is ever built. */
import { type Arch, adam, batchEnsemble, dataOf, type Model, modelOf, task } from 'espalier'

export interface Mlp extends Arch {
  readonly classes: 10
  readonly layers: { readonly fc1: 300; readonly fc2: 100; readonly out: 10 }
  readonly channels: 'has no channels'
  readonly norm: 'no batch-norm'
  readonly features: 'feature vector'
  readonly members: 1
}

export interface Conv<C extends number> extends Arch {
  readonly classes: C
  readonly layers: { readonly conv1: 16; readonly conv2: 32; readonly out: C }
  readonly channels: 'has channels'
  readonly norm: 'batch-norm'
  readonly features: 'feature map'
  readonly members: 1
}

const mlp: Model<Mlp> = modelOf<Mlp>(
  { name: 'mlp', options: {} },
  {
    classes: 10,
    layers: { fc1: 300, fc2: 100, out: 10 },
    channels: 'has no channels',
    norm: 'no batch-norm',
    features: 'feature vector',
    members: 1,
  },
)

export const conv = <C extends number>(classes: C): Model<Conv<C>> =>
  modelOf<Conv<C>>(
    { name: 'conv', options: { classes } },
    {
      classes,
      layers: { conv1: 16, conv2: 32, out: classes },
      channels: 'has channels',
      norm: 'batch-norm',
      features: 'feature map',
      members: 1,
    },
  )

export const ten = dataOf({ name: 'ten', options: {} }, 10)
export const hundred = dataOf({ name: 'hundred', options: {} }, 100)
export const optimizer = adam({ lr: 1e-3 })

export const small = task({ model: mlp, data: ten, optimizer, epochs: 10 })
export const big = task({ model: conv(10), data: ten, optimizer, epochs: 10 })
export const other = task({ model: conv(100), data: hundred, optimizer, epochs: 10 })
/** Four networks inside one. */
export const many = task({ model: batchEnsemble(conv(10), 4), data: ten, optimizer, epochs: 10 })
