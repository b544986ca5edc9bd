/** Data sets in a model card. */
import type { DataSpec } from '../../../dsl/parts/data.ts'

export interface CardData {
  readonly name: string
  /** OWNER/NAME on the hub; undefined if it is not available there. */
  readonly hub: string | undefined
  /** Name of the licence, or a phrase. */
  readonly license: string
}

const notStated = 'none is stated by its authors'

const known: { readonly [name: string]: CardData } = {
  digits: { name: 'MNIST (10,000 digits)', hub: 'ylecun/mnist', license: 'CC BY-SA 3.0' },
  mnist: { name: 'MNIST', hub: 'ylecun/mnist', license: 'CC BY-SA 3.0' },
  fashion: { name: 'Fashion-MNIST', hub: 'zalando-datasets/fashion_mnist', license: 'MIT' },
  kmnist: { name: 'Kuzushiji-MNIST', hub: undefined, license: 'CC BY-SA 4.0' },
  emnist: { name: 'EMNIST', hub: undefined, license: notStated },
  cifar10: { name: 'CIFAR-10', hub: 'uoft-cs/cifar10', license: notStated },
  cifar100: { name: 'CIFAR-100', hub: 'uoft-cs/cifar100', license: notStated },
  mnist1d: { name: 'MNIST-1D', hub: undefined, license: 'Apache-2.0' },
  mobyDick: { name: 'Moby-Dick, chapters 1 to 30 (Melville, 1851)', hub: undefined, license: 'CC0' },
}

/** @param license the user's value, which overrides the known licence */
export function cardData({ name, options }: DataSpec, license: string | undefined): CardData {
  const { repository } = options
  const found: CardData = known[name] ?? {
    name: name === 'hub' ? String(repository) : `${name} (the author's own)`,
    hub: name === 'hub' ? String(repository) : undefined,
    license: 'not said',
  }
  return { ...found, license: license ?? found.license }
}
