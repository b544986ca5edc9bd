/** Random changes to the images of a training, for each example and epoch. They depend on seed, epoch and example only. */
import { chosen, problem, ranges, shown } from '../check/checks.ts'
import { number, type Of, variants } from '../check/form.ts'

export const augmentationSpec = variants({
  flip: {},
  padCrop: { pixels: number(ranges.count) },
  cutout: { size: number(ranges.count) },
})
/** Of the images of a training. */
export type AugmentationSpec = Of<typeof augmentationSpec>
const { padCrop: ofPadCrop, cutout: ofCutout } = augmentationSpec.kinds

/** A random change to the images of each training step. */
export interface Augmentation {
  readonly kind: 'augmentation'
  readonly spec: AugmentationSpec
}

const augmentation = (spec: AugmentationSpec): Augmentation => Object.freeze({ kind: 'augmentation', spec })

/** Mirrors half of the images, left to right. */
export const flip = (): Augmentation => augmentation({ kind: 'flip' })

/** Adds a black border of `pixels` on all sides, then crops the original size at a random position. 1 or more. */
export const padCrop = (pixels: number): Augmentation =>
  augmentation({ kind: 'padCrop', pixels: chosen('padCrop()', 'pixels', pixels, ofPadCrop.pixels) })

/**
 * Fills a square of `size` pixels with the mean colour. Its centre is anywhere in the image, so part of it may be outside (DeVries &
 * Taylor, 2017). 1 or more.
 */
export const cutout = (size: number): Augmentation =>
  augmentation({ kind: 'cutout', size: chosen('cutout()', 'size', size, ofCutout.size) })

/** A list of them, applied in its order. */
export const augmentations = (verb: string, given: unknown): readonly AugmentationSpec[] => {
  if (!Array.isArray(given)) {
    throw problem(
      `${verb} takes a list of augmentations.`,
      { verb, option: 'augment', value: shown(given), allowed: 'a list' },
      'For example augment: [flip(), padCrop(4)].',
    )
  }
  return given.map((each: unknown) => {
    if (typeof each === 'object' && each !== null && 'kind' in each && each.kind === 'augmentation') return (each as Augmentation).spec
    throw problem(
      `${verb} does not know this augmentation.`,
      { verb, option: 'augment', value: shown(each) },
      'Use flip(), padCrop(pixels) and cutout(size), called.',
    )
  })
}
