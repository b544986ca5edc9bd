/** Every built-in network, the large families by their smallest members. */
import {
  type Arch,
  bnConv,
  conv2,
  convNet,
  lenet5,
  lenet300,
  type Model,
  mobilenetV2,
  preResNet,
  resnet,
  resnet8x4,
  resnet32x4,
  vgg,
  wide,
  wrn,
} from '../../../stdlib/index.ts'

export const small: { readonly [name: string]: Model<Arch> } = {
  'LeNet-300-100': lenet300(),
  wide: wide(),
  'LeNet-5': lenet5(),
  conv2: conv2(),
  bnConv: bnConv([16, 32, 64]),
  'Conv-2': convNet(2),
  'Conv-4': convNet(4),
  'Conv-6': convNet(6),
  'VGG-11': vgg(11),
  'ResNet-20': resnet(20),
  'ResNet-8x4': resnet8x4(),
  'PreResNet-20': preResNet(20),
  'PreResNet-164': preResNet(164),
  'WRN-16-1': wrn(16, 1),
  'WRN-10-2': wrn(10, 2, { dropout: 0.3 }),
  MobileNetV2: mobilenetV2(),
}

export const large: { readonly [name: string]: Model<Arch> } = {
  'VGG-16': vgg(16),
  'VGG-19': vgg(19),
  'ResNet-32': resnet(32),
  'ResNet-56': resnet(56),
  'ResNet-110': resnet(110),
  'ResNet-32x4': resnet32x4(),
  'PreResNet-110': preResNet(110),
  'WRN-16-4': wrn(16, 4),
  'WRN-40-2': wrn(40, 2),
}
