/** The implementations of augmentations. */
import type { AugmentationSpec } from '../../dsl/parts/augment.ts'
import type { Normalisation } from '../data/dataset.ts'
import { entryOf, type Make, type Makers, type Registry } from '../registry.ts'
import type { Augmentation } from './augmentation.ts'
import { cutoutAugmentation } from './cutout.ts'
import { flipAugmentation } from './flip.ts'
import { padCropAugmentation } from './pad-crop.ts'

type Given = [size: readonly [height: number, width: number], normalisation: Normalisation]

const augmentations: Registry<Make<AugmentationSpec, Augmentation, Given>> = {
  flip: () => flipAugmentation,
  padCrop: ({ pixels }, size, normalisation) => padCropAugmentation(pixels, size, normalisation),
  cutout: ({ size: side }, size) => cutoutAugmentation(side, size),
} satisfies Makers<AugmentationSpec, Augmentation, Given>

/** @param input [height, width, channels] of the images */
export const augmentationOf = (spec: AugmentationSpec, [height, width]: readonly number[], normalisation: Normalisation): Augmentation =>
  entryOf('augmentation', augmentations, spec.kind)(spec, [height!, width!], normalisation)
